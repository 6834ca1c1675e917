"""The daemon as a process: its start, its signals, its end."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.real.daemon import BIN, RealDaemon

FILE_CHECK = "schedule: every 1s\nchecks:\n  - file: {{path: {path}}}"


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[RealDaemon]:
    made = RealDaemon(tmp_path)
    yield made
    made.stop()


def swept(daemon: RealDaemon) -> None:
    daemon.wait_until(lambda: daemon.get("/api/v1/status")[1]["first_sweep_done"], 180)


def running(daemon: RealDaemon) -> bool:
    return any(run["state"] == "running" for run in daemon.items("runs"))


def probed(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BIN / "probed", *arguments], capture_output=True, text=True, timeout=30, check=False)


def test_it_ends_cleanly_on_sigterm_and_leaves_no_socket(daemon: RealDaemon) -> None:
    daemon.start()
    swept(daemon)

    assert daemon.kill(signal.SIGTERM) == 0
    assert not daemon.socket.exists()
    assert "stopped" in daemon.log


def test_sigterm_waits_for_the_run_that_is_under_way(daemon: RealDaemon, tmp_path: Path) -> None:
    done = tmp_path / "done"
    daemon.document("slow", f'checks:\n  - command: {{command: [sh, -c, "sleep 2; touch {done}"], name: slow}}')
    daemon.start()
    daemon.wait_until(lambda: running(daemon))

    assert daemon.kill(signal.SIGTERM) == 0

    assert done.exists()
    daemon.start()
    swept(daemon)
    assert daemon.items("runs")[-1]["state"] == "ok"


def test_sigterm_cuts_off_what_does_not_end_and_no_child_is_left(daemon: RealDaemon) -> None:
    sleep = f"sleep {os.getpid() + 1000}"  # words that nobody else's process has
    daemon.document("stuck", f"timeout: 10m\nchecks:\n  - command: {{command: {sleep}, timeout: 5m, name: stuck}}")
    daemon.start()
    daemon.wait_until(lambda: running(daemon))

    began = time.monotonic()
    assert daemon.kill(signal.SIGTERM) == 0

    assert time.monotonic() - began < 60
    listed = subprocess.run(["pgrep", "-f", sleep], capture_output=True, check=False)
    assert listed.returncode == 1, "the command outlived the daemon"
    with sqlite3.connect(daemon.folder / "monitor.db") as database:
        assert database.execute("SELECT state FROM runs").fetchall() == [("cancelled",)]


def test_a_runs_deadline_ends_the_programs_of_its_checks(daemon: RealDaemon) -> None:
    sleep = f"sleep {os.getpid() + 2000}"  # words that nobody else's process has
    daemon.document("stuck", f"timeout: 2s\nchecks:\n  - command: {{command: {sleep}, timeout: 60s, name: stuck}}")
    daemon.start()

    daemon.wait_until(lambda: [run["state"] for run in daemon.items("runs")] in (["timeout"], ["unknown"]))

    def is_gone() -> bool:
        return subprocess.run(["pgrep", "-f", sleep], capture_output=True, check=False).returncode == 1

    daemon.wait_until(is_gone, 30)  # half as long as it may take itself


def test_what_was_pending_goes_on_where_it_was_after_the_daemon_was_killed(daemon: RealDaemon) -> None:
    """It has to last an hour: what is stored is set as if that were over, for no test waits so long."""
    full = "command: {command: [sh, -c, 'echo full; exit 2'], name: store, for: 1h}"
    daemon.document("store", f"schedule: every 1s\nchecks:\n  - {full}")
    daemon.start()
    with closing(sqlite3.connect(daemon.folder / "monitor.db")) as database:
        daemon.wait_until(
            lambda: bool(database.execute("SELECT 1 FROM memories WHERE memory LIKE '%store%'").fetchall())
        )
        assert daemon.items("alerts") == []
        daemon.kill(signal.SIGKILL)
        [(text,)] = database.execute("SELECT memory FROM memories").fetchall()
        memory = json.loads(text)
        [[_, _, _, lasted_s, _]] = memory["objects"]
        lasted_s["critical"] += 3600.0
        database.execute("UPDATE memories SET memory = ?", [json.dumps(memory)])
        database.commit()

    daemon.start()

    daemon.wait_until(lambda: [alert["labels"]["object"] for alert in daemon.items("alerts")] == ["store"])


def test_sighup_brings_new_documents_and_the_mode_into_force(daemon: RealDaemon, tmp_path: Path) -> None:
    daemon.start()
    swept(daemon)
    daemon.document("late", FILE_CHECK.format(path=tmp_path / "missing"))
    daemon.config = {"mode": "act"}
    daemon.write_config()

    assert daemon.process
    daemon.process.send_signal(signal.SIGHUP)

    daemon.wait_until(lambda: daemon.get("/api/v1/status")[1]["mode"] == "act")
    daemon.wait_until(lambda: bool(daemon.items("alerts")))


def test_a_new_document_is_taken_over_by_the_command_that_is_told_with_it(daemon: RealDaemon) -> None:
    daemon.start()
    swept(daemon)
    written = probed("inspection", "new", "late", "--template", "blank", "--config", daemon.config_path)
    assert written.returncode == 0, written.stderr
    told = written.stderr.splitlines()[-1].partition("the daemon takes it over with: ")[2]

    subprocess.run(["sh", "-c", told], check=True, env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"})

    daemon.wait_until(lambda: "late" in {each["id"] for each in daemon.items("inspections")})


def test_a_broken_configuration_on_reload_changes_nothing_and_is_told(daemon: RealDaemon) -> None:
    daemon.start()
    swept(daemon)
    daemon.config_path.write_text("mode: act\nnonsense: 1\n")

    assert daemon.process
    daemon.process.send_signal(signal.SIGHUP)

    daemon.wait_until(lambda: "the old one stays in force" in daemon.log)
    assert "config.yaml:2" in daemon.log
    assert daemon.get("/api/v1/status")[1]["mode"] == "observe"


def test_a_second_daemon_on_the_same_state_is_refused(daemon: RealDaemon) -> None:
    daemon.start()

    second = probed("--config", daemon.config_path)

    assert second.returncode == 2
    assert f"pid {daemon.pid}" in second.stderr
    assert daemon.get("/healthz")[0] == 200


def test_an_unknown_key_is_named_with_its_line_and_ends_with_2(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("mode: act\nalrets: {}\n")
    path.chmod(0o600)

    ended = probed("--config", path)

    assert ended.returncode == 2
    assert f"{path}:2" in ended.stderr
    assert "alerts" in ended.stderr


def test_a_broken_document_is_named_and_the_others_run(daemon: RealDaemon, tmp_path: Path) -> None:
    daemon.document("good", FILE_CHECK.format(path=tmp_path))
    daemon.document("bad", "checks:\n  - dsik: {}")
    daemon.start()
    swept(daemon)

    _, status = daemon.get("/api/v1/status")

    assert [(Path(broken["path"]).name, broken["line"]) for broken in status["broken"]] == [("bad.md", 4)]
    assert [source["source"] for source in status["sources"]] == ["good"]


def test_what_was_found_survives_a_kill_and_is_not_told_again(daemon: RealDaemon, tmp_path: Path) -> None:
    daemon.document("watch", FILE_CHECK.format(path=tmp_path / "missing"))
    daemon.start()
    daemon.wait_until(lambda: daemon.get("/api/v1/status")[1]["counts"]["messages_pending"] == 0)
    daemon.wait_until(lambda: bool(daemon.items("alerts")))
    before = daemon.items("alerts")

    daemon.kill()
    daemon.start()
    time.sleep(3)

    assert "the daemon before this one, process" in daemon.log
    assert any(note.startswith("the daemon was cut off") for note in daemon.get("/api/v1/status")[1]["notes"])

    assert [alert["id"] for alert in daemon.items("alerts")] == [alert["id"] for alert in before]
    assert len(sent_messages(daemon.folder)) == 1


def sent_messages(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "monitor.db") as database:
        return [row[0] for row in database.execute("SELECT id FROM effects WHERE kind = 'send'")]


def test_an_inspection_keeps_its_rhythm_across_a_restart(daemon: RealDaemon, tmp_path: Path) -> None:
    daemon.document("hourly", f"schedule: every 1h\nchecks:\n  - file: {{path: {tmp_path}}}")
    daemon.start()
    swept(daemon)
    daemon.stop()

    daemon.start()
    daemon.wait_until(lambda: bool(daemon.items("schedule")))
    time.sleep(2)

    assert len(daemon.items("runs")) == 1


def test_what_runs_only_on_request_is_not_swept(daemon: RealDaemon, tmp_path: Path) -> None:
    daemon.document("asked", f"schedule: on request\nchecks:\n  - file: {{path: {tmp_path}}}")
    daemon.document("planned", FILE_CHECK.format(path=tmp_path))
    daemon.start()
    swept(daemon)

    assert {run["inspection"] for run in daemon.items("runs")} == {"planned"}


@pytest.mark.alone
def test_readyz_names_a_locked_database_in_time(daemon: RealDaemon) -> None:
    daemon.start()
    swept(daemon)
    blocker = sqlite3.connect(daemon.folder / "monitor.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    try:
        began = time.monotonic()
        status, answer = daemon.get("/readyz")
        took_s = time.monotonic() - began
    finally:
        blocker.execute("ROLLBACK")
        blocker.close()

    assert status == 503
    assert [probe["name"] for probe in answer["probes"] if not probe["ok"]] == ["database"]
    assert took_s < 30


def test_a_hanging_check_delays_no_other_inspection(daemon: RealDaemon, tmp_path: Path) -> None:
    for number in range(4):
        command = "{command: [sleep, '300'], timeout: 200s, name: hang}"
        daemon.document(f"hang-{number}", f"schedule: every 1s\ntimeout: 250s\nchecks:\n  - command: {command}")
    daemon.document("quick", FILE_CHECK.format(path=tmp_path))
    daemon.config = {"inspections": {"concurrency": 5}}
    daemon.start()

    def has_gone_on() -> bool:
        """Long before those that hang have come back."""
        return len([run for run in daemon.items("runs?inspection=quick") if run["state"] == "ok"]) >= 6

    daemon.wait_until(has_gone_on, 120)


def test_config_show_prints_what_is_in_force_and_check_says_ok(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("mode: act\n")
    path.chmod(0o600)

    assert "mode: act" in probed("config", "show", "--config", path).stdout
    assert probed("config", "check", "--config", path).returncode == 0


def test_a_bound_for_an_action_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("actions: {policy: {clean_file: never}}\n")
    path.chmod(0o600)

    ended = probed("config", "check", "--config", path)

    assert ended.returncode == 2
    assert "did you mean 'clean_files'?" in ended.stderr


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("inspections: {dir: nowhere}", "inspections.dir"),
        ("channels: {mail: {apprise_url_file: none}}", "channels.mail.apprise_url_file"),
        ("alerts: {receivers: [{name: ops, webhook_configs: [{url_file: none}]}]}", "url_file"),
        ("heartbeat: {url_file: none}", "heartbeat.url_file"),
        ("backup: {identity_file: none}", "backup.identity_file"),
    ],
)
def test_config_check_refuses_what_the_daemon_would_refuse(tmp_path: Path, text: str, key: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(f"{text}\napi: {{socket: {tmp_path}/s.sock}}\nmonitor: {{path: {tmp_path}/monitor.db}}\n")
    path.chmod(0o600)

    checked, started = probed("config", "check", "--config", path), probed("--config", path)

    assert (checked.returncode, started.returncode) == (2, 2)
    assert key in checked.stderr
    assert key in started.stderr


def test_one_document_can_be_validated_alone(tmp_path: Path) -> None:
    (tmp_path / "bad.md").write_text("---\nid: bad\n---\n")
    (tmp_path / "good.md").write_text("---\nid: good\nchecks: [load]\n---\n")

    assert probed("validate", tmp_path / "good.md").returncode == 0
    assert probed("validate", tmp_path / "bad.md").returncode == 2


def test_doctor_and_config_show_look_at_the_daemon_that_is_meant(daemon: RealDaemon) -> None:
    daemon.start()

    shown = daemon.ctl("config", "show", "--json")
    examined = daemon.ctl("doctor", "--json")

    assert json.loads(shown.stdout)["api"]["socket"] == str(daemon.socket)
    lines = {line["name"]: line for line in json.loads(examined.stdout)["lines"]}
    assert lines["daemon"]["status"] == "pass"


def test_the_run_is_on_each_of_its_log_lines(daemon: RealDaemon) -> None:
    daemon.document("swap", "checks:\n  - docker_container: {containers: auto}")
    daemon.env = {"DOCKER_HOST": "unix:///nonexistent.sock"}
    daemon.start()
    swept(daemon)
    [run] = daemon.items("runs")

    said = [line for line in daemon.log.splitlines() if "check docker_container: no Docker engine" in line]

    assert said
    assert all(f"[{run['id']}]" in line for line in said)


def test_validate_names_each_broken_document_and_ends_with_2(tmp_path: Path) -> None:
    (tmp_path / "bad.md").write_text("---\nid: bad\n---\n")
    (tmp_path / "good.md").write_text("---\nid: good\nchecks: [load]\n---\n")

    ended = probed("validate", tmp_path)

    assert ended.returncode == 2
    assert "bad.md:2" in ended.stderr
    assert "good" in ended.stdout


def test_every_answer_of_status_is_json(daemon: RealDaemon) -> None:
    daemon.start()
    swept(daemon)

    shown = daemon.ctl("status", "--json")

    assert shown.returncode == 1, "nothing is watched, so nothing is known"
    assert json.loads(shown.stdout)["verdict"] == "unknown"
