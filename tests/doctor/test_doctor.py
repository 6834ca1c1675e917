"""Each line: broken alone, seen alone."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

import probed
from probed.config.actions import ActionsSettings, HelperSettings
from probed.config.api import ApiSettings
from probed.config.settings import Settings
from probed.doctor import agent, clock, daemon, helper, host, interpreter, state
from probed.doctor.configuration import configuration
from probed.doctor.installation import Installation, read_installation
from probed.doctor.line import Answer, DoctorLine, Status, worst
from probed.doctor.service import UNIT, unit
from probed.host import kernel_clock
from probed.monitor.checkup import Checkup
from probed.wire.status import Probe, Readiness
from tests.actions.fake_systemctl import FakeSystemctl
from tests.actions.trees import open_to_all
from tests.doctor.world import World, answering, make_world
from tests.helper.process import Helper
from tests.helper.process import helper as root_helper
from tests.installed import write_package
from tests.real.bot_api import CHAT, TOKEN, USER
from tests.real.daemon import RealDaemon
from tests.real.docker_engine import docker_engine
from tests.real.filesystems import tmpfs
from tests.real.messages_api import MessagesApi
from tests.real.post_box import post_box
from tests.real.servers import free_port
from tests.real.users import as_nobody

ROOT = Path(probed.__file__).parents[1]
LINES = [
    "python",
    "configuration",
    "permissions",
    "state directory",
    "database",
    "backups",
    "restore",
    "daemon",
    "events",
    "helper",
    "inspections",
    "plugins",
    "agent",
    "agent sandbox",
    "telegram",
    "heartbeat",
    "tracing",
    "systemd",
    "unit",
    "journal",
    "docker",
    "clock",
]


@pytest.fixture(scope="module")
def bot_api() -> Iterator[str]:
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.real.bot_api", "--port", "0"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.terminate()


@pytest.fixture
def telegram(tmp_path: Path, bot_api: str) -> Mapping[str, object]:
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "token").chmod(0o600)
    return {"api_url": bot_api, "token_file": "token", "chat_id": CHAT, "allowed_users": [USER]}


@pytest.fixture
def silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, telegram: Mapping[str, object]) -> Iterator[World]:
    """Everything is well, but no daemon answers."""
    with MessagesApi("report") as model:
        yield make_world(tmp_path, monkeypatch, telegram, model.base_url)


@pytest.fixture
def world(silent: World) -> Iterator[World]:
    with answering(silent.socket):
        yield silent


def test_where_everything_is_well_every_line_passes(world: World) -> None:
    lines = world.examine()

    assert list(lines) == LINES
    assert {line.status for line in lines.values()} == {"pass"}, lines
    assert lines["agent"].detail.startswith("claude: 2.1.327 (Claude Code) at ")
    assert "1 people may answer" in lines["telegram"].detail


# --- python and the configuration -------------------------------------------------------------------------------------


def test_too_old_a_python(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreter, "OLDEST", (99, 0))

    assert (world.only_bad_line().name, world.only_bad_line().status) == ("python", "fail")


def test_a_configuration_that_cannot_be_used(world: World) -> None:
    world.config.write_text("mode: observe\nmonitr: {}\n")

    bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("configuration", "fail")
    assert f"{world.config}:2: unknown key 'monitr'" in bad.detail
    assert bad.remedy == f"mend it, then: probed config check --config {world.config}"


def test_a_configuration_that_is_not_there(world: World) -> None:
    world.config.unlink()

    assert world.only_bad_line().name == "configuration"


def test_a_configuration_that_may_not_be_read() -> None:
    with open_to_all() as folder:
        config = folder / "config.yaml"
        config.touch(0o600)
        with as_nobody():
            answer = configuration(read_installation(config))

    remedy = "run it as root: sudo cortexctl doctor"
    assert answer == Answer(Status.FAIL, f"{config}: cannot be read: Permission denied", remedy)


def test_a_configuration_that_others_may_change(world: World) -> None:
    world.config.chmod(0o620)

    bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("permissions", "fail")
    assert bad.remedy == f"chmod go-w {world.config}"


@pytest.mark.parametrize(
    ("place", "mode", "remedy"),
    [("", 0o777, "o-w"), ("state/monitor.db", 0o644, "600")],
)
def test_a_place_that_is_open_to_everybody(world: World, place: str, mode: int, remedy: str) -> None:
    (world.folder / place).chmod(mode)

    bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("permissions", "fail")
    assert bad.remedy == f"chmod {remedy} {world.folder / place}"


@pytest.mark.parametrize(("place", "line"), [("inspections", "inspections"), ("state", "state directory")])
@pytest.mark.parametrize("mode", [0o777, 0o757])
def test_a_place_that_the_daemon_would_refuse(world: World, place: str, line: str, mode: int) -> None:
    (world.folder / place).chmod(mode)

    bad = world.only_bad_line()

    assert (bad.name, bad.status) == (line, "fail")
    assert bad.remedy == f"chmod go-w {world.folder / place}"


def test_a_source_of_events_that_is_lost(silent: World) -> None:
    with answering(silent.socket, events={"files": "live", "systemd": "polled: D-Bus refused"}):
        bad = silent.only_bad_line()

    assert (bad.name, bad.status, bad.detail) == ("events", "warn", "systemd is polled: D-Bus refused")


def test_a_host_that_is_not_to_tell_anything_lacks_nothing(world: World) -> None:
    world.write_config(events={"enabled": False})

    assert world.examine()["events"].detail == "off: every check goes by its schedule"


def test_a_database_that_is_a_link(world: World) -> None:
    database = world.folder / "state" / "monitor.db"
    database.rename(world.folder / "elsewhere")
    database.symlink_to(world.folder / "elsewhere")

    bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("database", "fail")
    assert "is a link" in bad.detail


# --- the state --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "status"), [("20m", "fail"), ("200m", "warn")])
def test_too_little_room(world: World, size: str, status: str) -> None:
    shutil.rmtree(world.state)
    with tmpfs(world.state, size):
        bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("state directory", status)
    assert bad.remedy.startswith("make room on its file system")


def test_a_state_directory_that_cannot_be_written(world: World) -> None:
    shutil.rmtree(world.state)
    with tmpfs(world.state, "600m", read_only=True):
        bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("state directory", "fail")
    assert "Read-only file system" in bad.detail


def test_a_state_directory_that_nobody_can_make(world: World) -> None:
    with tmpfs(world.folder / "read-only", read_only=True):
        world.write_config(monitor={"path": "read-only/cortex/monitor.db"})
        bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("state directory", "fail")
    assert bad.remedy == f"as root: install -d -m 700 {world.folder}/read-only/cortex"


def test_a_new_installation_lacks_nothing(world: World) -> None:
    shutil.rmtree(world.state)

    assert worst(list(world.examine().values())) is Status.PASS
    assert not world.state.exists()


def test_a_damaged_database(world: World) -> None:
    path = world.state / "monitor.db"
    path.write_bytes(path.read_bytes()[:8192] + b"\xff" * 8192)

    bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("database", "fail")
    assert bad.remedy.startswith("restart the daemon: it sets the file aside")


def test_a_database_of_a_newer_version(world: World) -> None:
    with closing(sqlite3.connect(world.state / "monitor.db")) as newer, newer:
        newer.execute("INSERT INTO migrations VALUES ('m29990101_0000_later', '', '')")

    bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("database", "fail")
    assert bad.remedy.startswith("install the version that wrote it")


def test_a_database_that_another_program_keeps(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probed.monitor.checkup.BUSY_S", 0.1)
    with closing(sqlite3.connect(world.state / "monitor.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("database", "fail")
    assert "fuser -v" in bad.remedy


def test_a_database_that_is_not_read_to_the_end_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "check_up", lambda path, within_s: Checkup(2**30, False, ("m2027",)))

    assert world.examine()["database"].detail == (
        f"{world.state}/monitor.db, 1.0 GiB, not read to the end within 20 s, written, "
        "1 migrations wait for the next start"
    )


def test_numbers_that_are_not_kept_are_said_with_what_helps(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = ("the numbers of new objects of docker_container are not kept",)
    monkeypatch.setattr(state, "check_up", lambda path, within_s: Checkup(2**30, True, (), refused))

    bad = world.only_bad_line()

    assert (bad.name, bad.status, bad.detail) == ("database", "warn", refused[0])
    assert "exclude" in bad.remedy


# --- the daemon -------------------------------------------------------------------------------------------------------


def test_a_daemon_that_should_run_and_does_not(silent: World) -> None:
    bad = silent.only_bad_line()

    assert (bad.name, bad.status) == ("daemon", "fail")
    assert bad.remedy == f"systemctl start {UNIT}"


def test_a_daemon_that_need_not_run(silent: World) -> None:
    silent.systemctl.add(UNIT, LoadState="not-found")

    lines = silent.examine()

    assert lines["daemon"].status == "warn"
    assert lines["daemon"].remedy == f"start it: probed --config {silent.config}"


def test_a_daemon_that_is_not_ready(silent: World) -> None:
    broken = Readiness(False, [Probe("database", False, "no write within 2 s"), Probe("loop", True, "")])
    with answering(silent.socket, broken):
        bad = silent.only_bad_line()

    assert (bad.name, bad.status) == ("daemon", "fail")
    assert bad.detail == "it runs, but is not ready: database (no write within 2 s)"


def test_a_daemon_for_a_group_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ann")
    with open_to_all() as folder, answering(folder / "probed.sock"):
        (folder / "probed.sock").chmod(0o660)
        settings = Settings(api=ApiSettings(socket=folder / "probed.sock"))
        with as_nobody():
            answer = daemon.daemon(Installation(None, settings), settings)

    assert answer.status == "fail"
    assert answer.remedy == "sudo usermod -aG cortex ann, then log in again"


def test_something_else_on_the_socket(silent: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "DEADLINE_S", 0.2)
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(silent.socket))
        other.listen()
        bad = silent.only_bad_line()

    assert (bad.name, bad.status) == ("daemon", "fail")
    assert "timed out" in bad.detail


def test_a_real_daemon_ready_hanging_and_gone(silent: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "DEADLINE_S", 1.0)
    silent.systemctl.add(UNIT, LoadState="not-found")
    (tmp_path / "real").mkdir()
    with RealDaemon(tmp_path / "real") as real:
        silent.write_config(api={"socket": str(real.socket)}, monitor={"path": str(tmp_path / "real" / "monitor.db")})

        ready = silent.examine()
        os.kill(real.pid, signal.SIGSTOP)
        hanging = silent.examine()
        real.socket.unlink()
        deaf = silent.examine()
        os.kill(real.pid, signal.SIGCONT)
        pid = real.pid
    gone = silent.examine()

    assert ready["daemon"] == DoctorLine("daemon", Status.PASS, f"ready, on {real.socket}")
    assert ready["database"].status == "pass"
    assert (hanging["daemon"].status, deaf["daemon"].status, gone["daemon"].status) == ("fail", "fail", "warn")
    assert deaf["daemon"].detail.startswith(f"process {pid} uses the state directory")


# --- the root helper --------------------------------------------------------------------------------------------------


@pytest.fixture
def woken(world: World) -> Iterator[Helper]:
    with root_helper() as process:
        world.write_config(actions={"helper": {"socket": str(process.path)}})
        yield process


def test_a_root_helper_says_what_it_allows(world: World, woken: Helper) -> None:
    line = world.examine()["helper"]

    assert (line.status, line.detail) == ("pass", f"answers on {woken.path} and allows clean_files, sync_clock")


def test_a_root_helper_with_a_policy_that_others_can_change(world: World, woken: Helper) -> None:
    woken.policy.chmod(0o666)

    bad = world.only_bad_line()

    assert (bad.name, bad.status, bad.remedy) == ("helper", "fail", f"chmod go-w {woken.policy}")


def test_a_root_helper_that_is_switched_off(world: World) -> None:
    world.write_config(actions={"helper": {"socket": "/nowhere/helper.sock"}})

    bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("helper", "warn")
    assert bad.remedy == "systemctl enable --now cortex-helper.socket"


def test_a_root_helper_for_others(woken: Helper) -> None:
    settings = Settings(actions=ActionsSettings(helper=HelperSettings(socket=woken.path)))
    woken.path.parent.chmod(0o755)
    woken.path.chmod(0o660)

    with as_nobody():
        answer = helper.helper(settings)

    assert (answer.status, answer.remedy) == ("warn", "run it as root: sudo cortexctl doctor")


# --- what is looked at, and by whom -----------------------------------------------------------------------------------


def test_a_broken_document(world: World) -> None:
    (world.folder / "inspections" / "broken.md").write_text("---\nid: broken\nchecks: [dsk]\n---\n")

    bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("inspections", "fail")
    assert f"{world.folder}/inspections/broken.md:3: check 'dsk'" in bad.detail


def test_no_document_at_all(world: World) -> None:
    (world.folder / "inspections" / "disks.md").unlink()

    assert (world.only_bad_line().name, world.only_bad_line().status) == ("inspections", "warn")


def test_no_folder_of_documents(world: World) -> None:
    shutil.rmtree(world.folder / "inspections")

    assert (world.only_bad_line().name, world.only_bad_line().status) == ("inspections", "fail")


def test_a_model_program_that_is_not_there(world: World) -> None:
    (world.folder / "claude").unlink()

    bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("agent", "fail")
    assert f"there is no program {world.folder}/claude" in bad.detail


def test_a_model_program_that_does_not_answer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent, "DEADLINE_S", 0.3)
    (world.folder / "claude").write_text("#!/bin/sh\nsleep 3\n")

    bad = world.only_bad_line()

    assert (bad.name, bad.detail) == ("agent", "claude: no answer within 0.3 s")


def test_a_model_program_that_nothing_confines(world: World) -> None:
    world.write_config(agent=world.agent(sandbox="none"))

    bad = world.only_bad_line()

    assert (bad.name, bad.status, bad.remedy) == ("agent sandbox", "warn", "agent.sandbox: auto")


def test_a_unit_that_is_not_there_though_the_service_is(world: World) -> None:
    world.write_config(agent=world.agent())

    bad = world.only_bad_line()

    assert (bad.name, bad.status, bad.remedy) == ("agent sandbox", "warn", "sudo ./install.sh")


def test_a_sandbox_that_cannot_be_had(world: World) -> None:
    world.write_config(agent=world.agent(sandbox="unit"))

    bad = world.examine()["agent sandbox"]

    assert (bad.status, bad.remedy) == ("fail", "sudo systemctl enable --now cortex-agent.socket")
    assert world.examine()["agent"].status == "fail"


def test_a_backend_that_another_stands_in_for(world: World) -> None:
    (world.folder / "claude").unlink()
    world.write_config(agent=world.agent(sandbox="bwrap", next=["anthropic"]))

    bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("agent", "warn")
    assert bad.detail.startswith(
        f"anthropic is in force; claude: agent.claude.path: there is no program {world.folder}"
    )
    assert bad.remedy.startswith("npm install -g @anthropic-ai/claude-code")


def test_a_key_that_others_can_read(world: World) -> None:
    (world.folder / "key").chmod(0o644)

    bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("agent", "fail")
    assert bad.remedy == f"chmod 600 {world.folder}/key"


def test_without_a_model_nothing_is_asked_for(world: World) -> None:
    (world.folder / "claude").unlink()
    world.write_config(agent={"backend": "none"})

    assert world.examine()["agent"].detail == "none: rules decide alone"


def test_a_plugin_that_cannot_be_used(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = {"cortex.checks": {"torn": "torn_package"}}
    site = write_package(tmp_path / "site", "cortex-torn", entries, {"torn_package.py": "import no_such_library"})
    monkeypatch.syspath_prepend(site)

    bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("plugins", "fail")
    assert bad.detail.startswith("the check 'torn' of cortex-torn 1.0 cannot be used: ModuleNotFoundError")


# --- Telegram ---------------------------------------------------------------------------------------------------------


def test_a_token_that_others_can_read(world: World) -> None:
    (world.folder / "token").chmod(0o640)

    bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("telegram", "fail")
    assert bad.remedy == f"chmod 600 {world.folder}/token"


def test_a_token_that_telegram_does_not_know(world: World) -> None:
    (world.folder / "token").write_text("1:wrong")

    bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("telegram", "fail")
    assert "does not know this token" in bad.detail
    assert "wrong" not in repr(bad)


def test_telegram_out_of_reach(world: World) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        world.write_config(telegram={**world.telegram, "api_url": f"http://127.0.0.1:{unused.getsockname()[1]}"})
        bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("telegram", "warn")
    assert bad.detail.endswith("cannot be reached: Connection refused")


def test_a_telegram_server_that_hangs(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probed.doctor.telegram.DEADLINE_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        world.write_config(telegram={**world.telegram, "api_url": f"http://127.0.0.1:{deaf.getsockname()[1]}"})
        bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("telegram", "warn")
    assert TOKEN not in repr(bad)


def test_nobody_who_may_answer(world: World) -> None:
    world.write_config(telegram={**world.telegram, "allowed_users": []})

    assert (world.only_bad_line().name, world.only_bad_line().status) == ("telegram", "warn")


def test_a_bot_without_a_chat_is_to_be_paired(world: World) -> None:
    world.write_config(telegram={**world.telegram, "chat_id": None, "allowed_users": []})

    bad = world.only_bad_line()

    assert (bad.name, bad.status, bad.remedy) == ("telegram", "warn", "pair it: cortexctl telegram pair")


def test_paired_chats_and_people_count(world: World) -> None:
    with closing(sqlite3.connect(world.state / "monitor.db")) as database, database:
        for user in (7, 8):
            database.execute("INSERT INTO chat_members VALUES (-500, ?, 'ops', 'Ann', 0, 'root')", (user,))
    world.write_config(telegram={**world.telegram, "chat_id": None, "allowed_users": []})

    line = world.examine()["telegram"]

    assert (line.status, line.detail) == ("pass", "@cortex_test_bot sends to chat -500; 2 people may answer")


# --- the host ---------------------------------------------------------------------------------------------------------


def test_a_systemd_that_gives_no_answer(world: World) -> None:
    world.program("systemctl", "#!/bin/sh\necho 'Failed to connect to bus' >&2; exit 1\n")

    bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("systemd", "fail")
    assert "Failed to connect to bus" in bad.detail


def test_a_host_without_systemd(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probed.host.systemd.BOOTED", "/nonexistent")

    assert (world.only_bad_line().name, world.only_bad_line().status) == ("systemd", "warn")


@pytest.mark.parametrize(
    ("properties", "status", "remedy"),
    [
        ({"LoadState": "not-found"}, "warn", "sudo ./install.sh"),
        ({"LoadState": "masked"}, "fail", f"systemctl status {UNIT}"),
        ({"UnitFileState": "disabled"}, "warn", f"systemctl enable --now {UNIT}"),
        (
            {"UnitFileState": "enabled", "ActiveState": "failed", "Result": "watchdog"},
            "fail",
            f"journalctl -u {UNIT}, then: systemctl restart {UNIT}",
        ),
    ],
)
def test_a_unit_that_is_not_as_it_should_be(world: World, properties: dict[str, str], status: str, remedy: str) -> None:
    world.systemctl.add(UNIT, **properties)

    bad = world.only_bad_line()

    assert (bad.name, bad.status, bad.remedy) == ("unit", status, remedy)


@pytest.mark.parametrize(
    ("properties", "lingers", "expected"),
    [
        ({"UnitFileState": "enabled"}, True, ("pass", "")),
        ({"UnitFileState": "enabled"}, False, ("warn", f"sudo loginctl enable-linger {getpass.getuser()}")),
        ({"UnitFileState": "disabled"}, True, ("warn", f"systemctl --user enable --now {UNIT}")),
    ],
)
def test_the_unit_of_a_users_own_manager(
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    properties: dict[str, str],
    lingers: bool,
    expected: tuple[str, str],
) -> None:
    own = FakeSystemctl(world.systemctl.folder / "of-user")
    (own.folder / "units").mkdir(parents=True)
    own.add(UNIT, **properties)
    world.systemctl.add(UNIT, LoadState="not-found")
    monkeypatch.setattr("probed.doctor.service.LINGERING", tmp_path)
    monkeypatch.setattr("probed.doctor.service.os.geteuid", lambda: 1000)
    if lingers:
        (tmp_path / getpass.getuser()).touch()

    answer = unit()

    assert answer
    assert (answer.status, answer.remedy) == expected


def test_a_journal_that_is_hidden(world: World) -> None:
    world.program("journalctl", "#!/bin/sh\necho 'No journal files were opened due to insufficient permissions.' >&2\n")

    bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("journal", "warn")
    assert bad.remedy.startswith("sudo usermod -aG systemd-journal ")


def test_a_journal_that_cannot_be_read(world: World) -> None:
    world.program("journalctl", "#!/bin/sh\necho 'Journal file corrupted' >&2; exit 1\n")

    assert (world.only_bad_line().name, world.only_bad_line().status) == ("journal", "fail")


def test_a_host_without_a_journal(world: World) -> None:
    world.program("journalctl", "#!/bin/sh\necho 'No journal files were found.' >&2\n")

    assert world.examine()["journal"] == DoctorLine("journal", Status.PASS, "the journal is not on this host")


def test_a_docker_engine_that_gives_no_answer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{world.folder}/docker.sock")
    with answering(world.folder / "docker.sock"):
        bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("docker", "fail")
    assert "gave no answer" in bad.detail


@pytest.mark.docker
def test_a_docker_engine(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with docker_engine() as engine:
        monkeypatch.setenv("DOCKER_HOST", engine.address)

        assert world.examine()["docker"] == DoctorLine("docker", Status.PASS, "reachable; 0 containers")


def test_a_docker_engine_for_its_group_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ann")
    with open_to_all() as folder, socket.socket(socket.AF_UNIX) as engine:
        engine.bind(f"{folder}/docker.sock")
        (folder / "docker.sock").chmod(0o660)
        monkeypatch.setenv("DOCKER_HOST", f"unix://{folder}/docker.sock")
        with as_nobody():
            answer = host.docker()

    remedy = "sudo usermod -aG docker ann, then start it anew"
    assert answer == Answer(Status.WARN, "the Docker engine is hidden from ann", remedy)


def test_a_clock_that_is_not_synchronised(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "read_clock", lambda: (False, 16.0))
    monkeypatch.setattr(clock, "kept_outside", lambda: "")

    bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("clock", "warn")
    assert bad.remedy == "timedatectl set-ntp true, or install chrony"
    monkeypatch.setattr(clock, "kept_outside", lambda: "the host of this container")
    assert clock.clock() == Answer(Status.PASS, "kept by the host of this container")


def test_the_kernel_says_how_the_clock_is() -> None:
    _, error_s = kernel_clock.read_clock()

    assert 0 <= error_s <= 16  # where the kernel stops counting


# --- the doctor itself ------------------------------------------------------------------------------------------------


def test_a_line_that_crashes_does_not_hide_the_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probed.doctor.host.journal", lambda: 1 / 0)

    bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("journal", "fail")
    assert bad.detail == "could not be looked at: ZeroDivisionError: division by zero"


# --- channels and the heartbeat ---------------------------------------------------------------------------------------


def a_secret(world: World, name: str, text: str) -> str:
    path = world.folder / name
    path.write_text(text)
    path.chmod(0o600)
    return name


def test_channels_and_a_heartbeat_that_can_be_used_pass(world: World) -> None:
    with post_box() as box:
        world.write_config(
            channels={"phone": {"apprise_url_file": a_secret(world, "phone", "ntfys://s3cr3t-topic")}},
            alerts={"receivers": [{"name": "ops", "webhook_configs": [{"url": f"{box.url}/hook"}]}]},
            heartbeat={"url_file": a_secret(world, "beat", f"{box.url}/ping/s3cr3t")},
        )
        lines = world.examine()

    assert {line.status for line in lines.values()} == {"pass"}, lines
    assert lines["channel phone"].detail == "ntfy; try it: cortexctl channels test phone"
    assert lines["channel webhook:ops/0"].detail.startswith(f"{box.url}; try it")
    assert lines["heartbeat"].detail == f"a sign to {box.url} every 60 s"
    assert box.posted == [], "the doctor gives no sign of life in the daemon's place"
    assert "s3cr3t" not in str(lines)


def test_a_channel_whose_file_others_can_read(world: World) -> None:
    (world.folder / a_secret(world, "phone", "ntfys://topic")).chmod(0o644)
    world.write_config(channels={"phone": {"apprise_url_file": "phone"}})

    bad = world.only_bad_line()

    assert (bad.name, bad.status, bad.remedy) == ("channel phone", "fail", f"chmod 600 {world.folder}/phone")


MUTE = """
from dataclasses import dataclass

@dataclass(frozen=True)
class Settings:
    pass

def build(name, settings, workers):
    return None
"""
"""A channel that loads, and cannot be made."""


def test_a_channel_of_another_package_that_cannot_be_made(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = {"cortex.channels": {"mute": "mute_package"}}
    monkeypatch.syspath_prepend(write_package(tmp_path / "site", "cortex-mute", entries, {"mute_package.py": MUTE}))
    world.write_config(channels={"desk": {"plugin": "mute"}})

    bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("channel desk", "fail")
    assert "channels.desk" in bad.remedy


def test_a_webhook_and_a_heartbeat_out_of_reach(world: World) -> None:
    port = free_port()
    world.write_config(
        alerts={"receivers": [{"name": "ops", "webhook_configs": [{"url": f"http://127.0.0.1:{port}"}]}]}
    )
    bad = world.only_bad_line()
    assert (bad.name, bad.status) == ("channel webhook:ops/0", "warn")

    world.write_config(alerts={}, heartbeat={"url": f"http://127.0.0.1:{port}"})
    bad = world.only_bad_line()
    assert (bad.name, bad.status, "refused" in bad.detail.lower()) == ("heartbeat", "warn", True)


def test_a_collector_of_traces_that_can_be_reached_passes_and_one_that_cannot_is_named(world: World) -> None:
    with post_box() as box:
        world.write_config(tracing={"endpoint": f"{box.url}/v1/traces"})
        reached = world.examine()["tracing"]
    bad = world.only_bad_line()

    assert (reached.status, reached.detail) == ("pass", f"traces go to {box.url}")
    assert (bad.name, bad.status, "refused" in bad.detail.lower()) == ("tracing", "warn", True)


def test_tracing_without_its_extra_says_what_to_type(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probed.tracing.collector.is_installed", lambda: False)
    world.write_config(tracing={"endpoint": "http://127.0.0.1:9/v1/traces"})

    bad = world.only_bad_line()

    assert (bad.name, bad.status, bad.remedy) == ("tracing", "fail", "./install.sh --with-tracing")


def test_a_heartbeat_whose_file_holds_no_url(world: World) -> None:
    world.write_config(heartbeat={"url_file": a_secret(world, "beat", "s3cr3t")})

    bad = world.only_bad_line()

    assert (bad.name, bad.status) == ("heartbeat", "fail")
    assert "s3cr3t" not in f"{bad.detail}{bad.remedy}"
