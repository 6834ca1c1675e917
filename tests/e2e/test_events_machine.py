"""What a real systemd tells the installed daemon by itself (every schedule here is an hour), and what its probes find
out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.waiting import until
from tests.real.installed import CHECKOUT
from tests.real.machine import Machine

pytestmark = pytest.mark.systemd

DOCUMENT = """---
id: services
schedule: every 1h
checks:
  - systemd_unit: {units: [auto, named]}
  - memory_stall: {}
---
"""
PYTHON = "/opt/cortex/venv/bin/python"
JOURNAL = """
import asyncio, subprocess
from probed.core.host_event import Concern, EventSource
from probed.events import journal
from probed.events.source import Listener

async def main():
    live, told = asyncio.Event(), asyncio.Event()
    listener = Listener(frozenset([Concern(EventSource.JOURNAL, ("my-app",))]), lambda name: told.set(), live.set)
    task = asyncio.create_task(journal.follow(listener))
    await live.wait()
    while not told.is_set():
        subprocess.run(["logger", "-t", "my-app", "a line"], check=True)
        await asyncio.wait((task, asyncio.create_task(told.wait())), timeout=0.5, return_when="FIRST_COMPLETED")
        assert not task.done(), task.exception()
    task.cancel()
    print("told")

asyncio.run(asyncio.wait_for(main(), 40))
"""
SHOP = """
set -e
mkdir -p /etc/systemd/system/shop.service.d
cat >/etc/systemd/system/shop.service <<'UNIT'
[Service]
Environment=PORT=80 "PASSPHRASE=hunter2"
SetCredential=db:hunter2
ExecStart=/bin/sh -c 'for i in 0 1 2 3 4 5 6 7 8 9; do echo line $$i; done; sleep 1000'
UNIT
printf '[Service]\\nMemoryMax=64M\\n' >/etc/systemd/system/shop.service.d/limit.conf
cat >/etc/systemd/system/shop.timer <<UNIT
[Timer]
OnCalendar=*-*-* 03:00:00
UNIT
systemctl daemon-reload
systemctl start shop.service shop.timer
logger -t sshd 'Failed password for root from 192.0.2.7 port 4000 ssh2'
echo '*/5 * * * * root /usr/bin/backup --password=hunter2' >/etc/cron.d/shop
"""
QUESTIONED = """
import asyncio, json, os, sys, time
from probed.agent.probes.registry import all_probes
from probed.agent.toolbox import Toolbox
from probed.daemon.workers import WorkerPool

async def main():
    toolbox = Toolbox(all_probes(None), WorkerPool(2), time.monotonic() + 60)
    answers = []
    for name, arguments in json.loads(os.environ["QUESTIONS"]):
        answers.append(json.loads((await toolbox.call(name, arguments)).text))
    print(json.dumps(answers))

asyncio.run(main())
"""
HOLDS_THE_LOCK = (
    "import fcntl, time; file = open('/var/lib/dpkg/lock-frontend', 'w'); fcntl.lockf(file, fcntl.LOCK_EX);"
    " time.sleep(600)"
)


class Watched:
    """The installed daemon, and units to break: each runs for ever."""

    def __init__(self, host: Machine) -> None:
        self._host = host
        for name in ("named", "unnamed", "replaced"):
            self._write(f"/etc/systemd/system/{name}.service", "[Service]\nExecStart=/bin/sleep infinity\n")
        self.run("systemctl stop cortex-probed; rm -rf /etc/cortex/inspections/* /var/lib/cortex/*")
        self._write("/etc/cortex/inspections/services.md", DOCUMENT)
        self._write("/etc/cortex/config.yaml", json.dumps({"inspections": {"boot_grace": "0s"}}))
        self.run("chown -R cortex: /etc/cortex/inspections /etc/cortex/config.yaml")
        self.run("systemctl daemon-reload && systemctl start named unnamed replaced cortex-probed")
        until(lambda: self.status()["first_sweep_done"], 180)
        until(lambda: self.source() == "live", 180)

    def _write(self, path: str, text: str) -> None:
        self.run(f"umask 077 && cat >{path} <<'EOF'\n{text}\nEOF")

    def run(self, command: str) -> str:
        done = self._host.run(command)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def ctl(self, words: str) -> Any:
        return json.loads(self._host.run(f"cortexctl {words} --json").stdout)

    def status(self) -> Any:
        return self.ctl("status")

    def source(self, name: str = "systemd") -> str:
        return str(self.status()["daemon"]["events"][name])

    def open_cases(self) -> dict[str, str]:
        return {case["object"]: case["severity"] for case in self.ctl("cases list --open")["items"]}

    def kill(self, unit: str) -> None:
        self.run(f"systemctl kill --signal=KILL {unit}")

    def reasons(self) -> list[str]:
        return [run["reason"] for run in self.ctl("runs list")["items"] if run["trigger"] == "event"]


@pytest.fixture(scope="module")
def watched(host: Machine) -> Iterator[Watched]:
    watched = Watched(host)
    yield watched
    host.run("systemctl stop cortex-probed named unnamed replaced; systemctl reset-failed")


def test_a_service_that_is_killed_is_found_at_once_and_has_resolved_once_it_is_up(watched: Watched) -> None:
    watched.kill("named")
    watched.kill("unnamed")
    until(lambda: watched.open_cases() == {"named.service": "critical", "unnamed.service": "warning"}, 180)
    assert any("systemd tells of" in reason for reason in watched.reasons())

    watched.run("systemctl start named unnamed")
    until(lambda: watched.open_cases() == {}, 180)


def test_a_service_that_a_person_stops_is_no_fault(watched: Watched) -> None:
    watched.run("systemctl stop named && systemctl start named && systemctl restart named && systemctl stop named")
    watched.kill("unnamed")  # whoever hears of this has heard of those, too

    until(lambda: "unnamed.service" in watched.open_cases(), 180)

    assert watched.open_cases() == {"unnamed.service": "warning"}
    watched.run("systemctl start named unnamed")
    until(lambda: watched.open_cases() == {}, 180)


def test_a_bus_that_is_killed_is_said_and_once_it_is_back_what_was_missed_is_found(watched: Watched) -> None:
    watched.run("systemctl stop dbus.socket dbus.service; systemctl kill --signal=KILL dbus.service || true")
    until(lambda: watched.source().startswith("polled"), 180)
    assert any(note.startswith("no events from systemd") for note in watched.status()["notes"])
    watched.kill("named")

    watched.run("systemctl start dbus.socket")

    until(lambda: "named.service" in watched.open_cases(), 180)
    assert watched.source() == "live"
    assert not any("no events" in note for note in watched.status()["notes"])
    watched.run("systemctl start named")
    until(lambda: watched.open_cases() == {}, 180)


def test_what_stops_under_a_package_manager_is_no_fault_until_it_is_done(watched: Watched) -> None:
    holder = watched.run(f'{PYTHON} -c "{HOLDS_THE_LOCK}" >/dev/null 2>&1 & echo $!').strip()
    try:
        until(lambda: "lock-frontend" in watched.run(f"readlink /proc/{holder}/fd/* || true"), 180)
        watched.kill("replaced")
        assert watched.ctl("run services --wait")["verdict"] == "ok"
        assert watched.open_cases() == {}
    finally:
        watched.run(f"kill {holder}")

    assert watched.ctl("run services --wait")["verdict"] == "warning"
    watched.run("systemctl start replaced")
    until(lambda: watched.open_cases() == {}, 180)


def test_the_daemons_user_may_ask_the_kernel_to_tell_when_everything_waits_for_memory(watched: Watched) -> None:
    until(lambda: watched.source("pressure") == "live", 180)


def test_the_daemons_user_hears_of_lines_of_the_journal(watched: Watched) -> None:
    user = "setpriv --reuid=cortex --regid=cortex --groups=systemd-journal"
    said = watched.run(f"cd {CHECKOUT} && {user} {PYTHON} - <<'EOF'\n{JOURNAL}\nEOF")

    assert said.strip() == "told"


def ask(host: Machine, *questions: tuple[str, dict[str, Any]]) -> list[Any]:
    """As the daemon would, in its groups."""
    env = {"ASK": QUESTIONED, "QUESTIONS": json.dumps(questions)}
    as_daemon = "setpriv --reuid=cortex --regid=cortex --groups=systemd-journal"
    done = host.run(f'{as_daemon} {PYTHON} -c "$ASK"', env=env)
    assert done.returncode == 0, done.stderr
    answers: list[Any] = json.loads(done.stdout)
    return answers


def rows_of(answer: Any) -> list[dict[str, Any]]:
    assert "failed" not in answer, answer
    return [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]


def test_units_timers_journal_logins_and_cron_are_told_without_secrets(host: Machine) -> None:
    assert host.run(SHOP).returncode == 0

    answers = ask(
        host,
        ("unit_status", {"unit": "shop"}),
        ("unit_file", {"unit": "shop"}),
        ("timers", {"name": "shop"}),
        ("journal", {"unit": "shop.service", "lines": 4, "contains": "line"}),
        ("journal", {"cursor": "after-e4"}),
        ("logins", {"kind": "failed"}),
        ("cron", {"contains": "shop"}),
        ("packages_changed", {"days": 700, "limit": 5}),
        ("config_file", {"path": "/etc/fstab"}),
        ("log_file", {"path": "/etc/shadow"}),
    )
    status, unit_file, timers, newest, older, logins, cron, packages, fstab, refused = answers

    assert "hunter2" not in json.dumps(answers)
    assert rows_of(status)[0]["active"] == "active"
    text = [row["text"] for row in rows_of(unit_file)]
    assert "Environment=PORT=***value*** PASSPHRASE=***secret***" in text
    assert "MemoryMax=64M" in text
    assert rows_of(timers)[0]["calendar"] == "*-*-* 03:00:00"
    told = [row["message"] for row in (*rows_of(newest), *rows_of(older))]
    assert told == [f"line {number}" for number in reversed(range(2, 10))]
    assert ("root", "192.0.2.7") in [(row["user"], row["source"]) for row in rows_of(logins)]
    assert rows_of(cron)[0]["command"] == "/usr/bin/backup --password=***secret***"
    assert rows_of(packages)
    assert rows_of(fstab) is not None
    assert "may not be shown" in refused["failed"]


def test_what_the_daemons_user_may_not_see_is_said_and_never_guessed(host: Machine) -> None:
    (details,) = ask(host, ("process_detail", {"pid": 1}))

    facts = {row["fact"]: row["value"] for row in rows_of(details)}
    assert facts["name"] == "systemd"
    assert "exe" not in facts
    assert facts["variables of its environment, without values"] == ""
