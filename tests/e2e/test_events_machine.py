"""What a real systemd tells the installed daemon by itself: every schedule here is an hour."""

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
        until(lambda: self.status()["first_sweep_done"], 30)
        until(lambda: self.source() == "live", 30)

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
    until(lambda: watched.open_cases() == {"named.service": "critical", "unnamed.service": "warning"}, 30)
    assert any("systemd tells of" in reason for reason in watched.reasons())

    watched.run("systemctl start named unnamed")
    until(lambda: watched.open_cases() == {}, 30)


def test_a_service_that_a_person_stops_is_no_fault(watched: Watched) -> None:
    watched.run("systemctl stop named && systemctl start named && systemctl restart named && systemctl stop named")
    watched.kill("unnamed")  # whoever hears of this has heard of those, too

    until(lambda: "unnamed.service" in watched.open_cases(), 30)

    assert watched.open_cases() == {"unnamed.service": "warning"}
    watched.run("systemctl start named unnamed")
    until(lambda: watched.open_cases() == {}, 30)


def test_a_bus_that_is_killed_is_said_and_once_it_is_back_what_was_missed_is_found(watched: Watched) -> None:
    watched.run("systemctl stop dbus.socket dbus.service; systemctl kill --signal=KILL dbus.service || true")
    until(lambda: watched.source().startswith("polled"), 30)
    assert any(note.startswith("no events from systemd") for note in watched.status()["notes"])
    watched.kill("named")

    watched.run("systemctl start dbus.socket")

    until(lambda: "named.service" in watched.open_cases(), 90)
    assert watched.source() == "live"
    assert not any("no events" in note for note in watched.status()["notes"])
    watched.run("systemctl start named")
    until(lambda: watched.open_cases() == {}, 30)


def test_what_stops_under_a_package_manager_is_no_fault_until_it_is_done(watched: Watched) -> None:
    holder = watched.run(f'{PYTHON} -c "{HOLDS_THE_LOCK}" >/dev/null 2>&1 & echo $!').strip()
    try:
        until(lambda: "lock-frontend" in watched.run(f"readlink /proc/{holder}/fd/* || true"), 30)
        watched.kill("replaced")
        assert watched.ctl("run services --wait")["verdict"] == "ok"
        assert watched.open_cases() == {}
    finally:
        watched.run(f"kill {holder}")

    assert watched.ctl("run services --wait")["verdict"] == "warning"
    watched.run("systemctl start replaced")
    until(lambda: watched.open_cases() == {}, 30)


def test_the_daemons_user_may_ask_the_kernel_to_tell_when_everything_waits_for_memory(watched: Watched) -> None:
    until(lambda: watched.source("pressure") == "live", 30)


def test_the_daemons_user_hears_of_lines_of_the_journal(watched: Watched) -> None:
    user = "setpriv --reuid=cortex --regid=cortex --groups=systemd-journal"
    said = watched.run(f"cd {CHECKOUT} && {user} {PYTHON} - <<'EOF'\n{JOURNAL}\nEOF")

    assert said.strip() == "told"
