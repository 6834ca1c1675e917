"""What happens to a healthy host in a year, beside its weeks: clocks that change, leases, updates, nights in suspend,
boots, ends of months. None of that is a finding.

Packages, addresses, the rotation of logs and the journal are real; suspend and boot are played by the clocks and the
boot's name, for no machine of the tests can do either.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from probed.checks import cpu, disk_io, swap
from probed.checks.backup import Params as BackupParams
from probed.checks.backup import _faults
from probed.checks.heartbeat import Params as HeartbeatParams
from probed.checks.heartbeat import fault_of
from probed.core.cron import parse_cron
from probed.core.finding import Severity
from probed.core.inspection import Inspection
from probed.core.job import Job
from probed.host import packages, proc
from probed.host.artefacts import Artefact
from tests.checks.looking import REGISTRY, Watcher
from tests.checks.test_silent_week import shipped, wrong
from tests.host_zone import host_in
from tests.real.debian_root import DebianRoot
from tests.real.journal import Journal
from tests.real.network import alone
from tests.real.packages import program

HOUR, DAY = 3600.0, 86_400.0
CHANGES = ("2026-03-27", "2026-10-23")
"""Two days before the night that skips an hour, and before the one that has one twice."""


def call_of(check: str) -> Mapping[str, Any]:
    """As the shipped documents have it."""
    [found] = [call for each in shipped() for call in each.checks if call.check == check]
    return found.params


# --- summer time ----------------------------------------------------------------------------------------------------


def ends(by: str, begin: datetime) -> Iterator[datetime]:
    """Of a nightly job, within five minutes of its time: as cron runs it, once a night by the clock on the wall (right
    after an hour that is skipped), or each 24 hours."""
    for day in range(5):
        varies = timedelta(minutes=(3 * day) % 5)
        if by == "timer":
            yield begin + timedelta(days=day, hours=2, minutes=30) + varies
            continue
        shown = (begin.astimezone() + timedelta(days=day, hours=12)).replace(hour=2, minute=30, tzinfo=None)
        is_skipped = shown.astimezone(UTC).astimezone().replace(tzinfo=None) != shown
        yield (shown.replace(hour=3, minute=0) if is_skipped else shown).astimezone(UTC) + varies


@pytest.mark.parametrize("begins", CHANGES)
@pytest.mark.parametrize("by", ["cron", "timer"])
def test_a_nightly_job_is_in_time_in_the_nights_of_the_change(begins: str, by: str) -> None:
    with host_in("Europe/Berlin"):
        begin = datetime.fromisoformat(begins).astimezone(UTC)
        done, params = list(ends(by, begin)), [HeartbeatParams(name="nightly")]
        if by == "cron":
            params.append(HeartbeatParams(name="nightly", cron=parse_cron("30 2 * * *")))
        for minutes in range(24 * 60, 5 * 24 * 60 - 60):
            now = begin + timedelta(minutes=minutes)
            last = max(each for each in done if each <= now)
            for each in params:
                assert fault_of(Job("nightly", ended_at=last, succeeded_at=last), each, begin, now) == "", (now, last)


@pytest.mark.parametrize("begins", CHANGES)
def test_a_nightly_backup_is_fresh_in_the_nights_of_the_change(begins: str) -> None:
    with host_in("Europe/Berlin"):
        begin = datetime.fromisoformat(begins).astimezone(UTC)
        made = [
            Artefact(f"/b/{number}", each.timestamp(), 10**6, False) for number, each in enumerate(ends("cron", begin))
        ]
        for minutes in range(24 * 60, 5 * 24 * 60 - 60):
            now = (begin + timedelta(minutes=minutes)).timestamp()
            there = sorted((each for each in made if each.made_at <= now), key=lambda each: -each.made_at)
            assert list(_faults(there, BackupParams(path="/b"), now)) == []


def test_the_large_backup_at_a_months_end_is_none_against_which_the_next_are_too_small() -> None:
    sizes = [100, 101, 99, 102, 5000, 100, 101, 99, 98]
    made = [Artefact(f"/b/{day}", day * DAY, megabytes * 10**6, False) for day, megabytes in enumerate(sizes)]
    for day in range(1, len(made)):
        there = made[day::-1]
        assert list(_faults(there, BackupParams(path="/b"), day * DAY + HOUR)) == [], day


# --- packages -------------------------------------------------------------------------------------------------------

UNIT = "mkdir -p /etc/systemd/system/multi-user.target.wants; ln -sf /lib/systemd/system/demo.service {}"
LINK = "/etc/systemd/system/multi-user.target.wants/demo.service"
ALIAS = "/etc/systemd/system/demo-alias.service"


def test_an_unattended_upgrade_and_a_purge_are_no_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings, jobs of cron, units, modules of PAM, a user of its own: what packages bring and take away."""
    monkeypatch.setattr(packages, "are_changing", lambda: False)
    debian = DebianRoot(tmp_path)
    root = str(debian.path)
    for name in ("cron.d", "ssh", "security", "systemd/system"):
        (debian.path / "etc" / name).mkdir(parents=True)
    debian.run("pam-auth-update", "--package", "--force")
    for path in ("etc/group", "etc/shadow", "etc/gshadow"):
        shutil.copy2(Path("/", path), debian.path / path)
    files = {"/etc/cron.d/demo": "0 3 * * * root true\n", "/opt/demo.conf": "one\n"}
    debian.install("demo", "1", files, after="ucf /opt/demo.conf /etc/ssh/demo.conf")
    shipped_files = {
        name: [rooted(each, root) for each in values] for name, values in call_of("file_integrity").items()
    }
    watchers = [
        Watcher("file_integrity", {**shipped_files, "root": root}),
        Watcher("accounts", {**call_of("accounts"), "root": root}),
        Watcher("world_writable", {"paths": [f"{root}/etc"]}),
    ]
    assert [alarms(each) for each in watchers] == [[], [], []]

    files = {"/etc/cron.d/demo": "0 4 * * * root true\n", "/opt/demo.conf": "two\n"}
    after = f"ucf /opt/demo.conf /etc/ssh/demo.conf; pam-auth-update --enable mkhomedir; {UNIT.format(LINK)}"
    user = "useradd --system --no-create-home --shell /usr/sbin/nologin _demo"
    debian.install("demo", "2", files, after=f"{after}; ln -sf /lib/systemd/system/demo.service {ALIAS}; {user}")
    assert [alarms(each) for each in watchers] == [[], [], []]

    debian.run("sh", "-c", f"rm /etc/ssh/demo.conf {LINK} {ALIAS}; ucf --purge /etc/ssh/demo.conf; userdel _demo")
    debian.purge("demo")
    assert not (debian.path / "etc/cron.d/demo").exists()
    assert [alarms(each) for each in watchers] == [[], [], []]


def rooted(path: str, root: str) -> str:
    return f"{root}{path}" if path.startswith("/") else path


def alarms(watcher: Watcher) -> list[str]:
    return [name for name, severity in watcher.findings().items() if severity is not Severity.INFO]


# --- the network ----------------------------------------------------------------------------------------------------


def test_another_address_of_a_renewed_lease_is_no_finding() -> None:
    """A program that listens on the address itself follows; one that is new there is told."""
    found = alone("""
        import socket
        from tests.checks.looking import Watcher
        from tests.checks.test_silent_year import call_of

        ip("link", "add", "eth0", "type", "veth", "peer", "name", "far")
        ip("link", "set", "far", "up")
        ip("link", "set", "eth0", "up")
        for _ in range(1200):
            if open("/sys/class/net/eth0/carrier").read().strip() == "1":
                break
            time.sleep(0.05)

        def leased(address):
            ip("addr", "add", address + "/24", "dev", "eth0")
            ip("route", "add", "default", "via", "192.0.2.1")

        def listens(address, port):
            server = socket.socket()
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind((address, port))
            server.listen()
            return server

        watchers = [Watcher(name, call_of(name)) for name in ("new_listeners", "network", "tcp")]
        leased("192.0.2.10")
        servers = [listens("192.0.2.10", 8080), listens("0.0.0.0", 22)]
        found = [[each.findings() for each in watchers]]
        [each.close() for each in servers]
        ip("addr", "flush", "dev", "eth0")
        found.append([each.findings() for each in watchers])
        leased("192.0.2.77")
        servers = [listens("192.0.2.77", 8080), listens("0.0.0.0", 22)]
        time.sleep(0.2)
        found.append([each.findings() for each in watchers])
        servers.append(listens("192.0.2.77", 9090))
        found.append([each.findings() for each in watchers])
        print(json.dumps(found))
    """)

    assert found[:3] == [[{}, {}, {}]] * 3
    assert found[3][0] == {"tcp/192.0.2.77:9090": "warning"}


# --- logs -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["create", "copytruncate"])
def test_the_rotation_of_a_log_is_no_finding(tmp_path: Path, how: str) -> None:
    logrotate = program("logrotate", "logrotate")
    log, settings = tmp_path / "app.log", tmp_path / "logrotate.conf"
    settings.write_text(f"{log} {{\n  rotate 3\n  {how}\n  compress\n}}\n")
    settings.chmod(0o644)
    tmp_path.chmod(0o755)
    pattern = {"name": "errors", "pattern": "error", "at_least": 3, "within": "1h"}
    watchers = [
        Watcher("log_patterns", {"paths": str(log), "patterns": [pattern]}),
        Watcher("log_kinds", {"paths": str(log), "learn": "0s"}),
    ]
    log.write_text("".join(f"12:00:{number:02} request took {number} ms\n" for number in range(60)))
    [each.look() for each in watchers]

    for turn in range(4):
        with log.open("a") as file:
            file.write(
                f"12:01:0{turn} error of one request, took {turn} ms\n" if turn < 2 else "12:02:00 request took 1 ms\n"
            )
        if turn == 0:
            [each.look() for each in watchers]  # that there are errors is new once
            watchers[1].known = {**watchers[1].known, "new": {}}
        subprocess.run([logrotate, "--force", "--state", tmp_path / "state", settings], check=True)
        assert [each.findings() for each in watchers] == [{}, {}], turn


# --- suspend and boot -----------------------------------------------------------------------------------------------


def sleeps(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """The clock on the wall and the one since boot go on, the monotonic one does not."""
    wall, since = time.time, time.clock_gettime
    monkeypatch.setattr(time, "time", lambda: wall() + seconds)
    moved = (time.CLOCK_BOOTTIME, time.CLOCK_REALTIME)
    monkeypatch.setattr(time, "clock_gettime", lambda of: since(of) + (seconds if of in moved else 0.0))


def boots(monkeypatch: pytest.MonkeyPatch, name: str = "another boot") -> None:
    """Nothing in memory survives; the host is up for half a minute."""
    for window in (cpu._window, disk_io._window, swap._window):
        window.forget()
    now, since = time.time(), time.clock_gettime
    up_s = since(time.CLOCK_BOOTTIME) - 30.0
    monkeypatch.setattr(time, "clock_gettime", lambda of: since(of) - (up_s if of == time.CLOCK_BOOTTIME else 0.0))
    monkeypatch.setattr(proc, "boot_id", lambda: name)
    monkeypatch.setattr(proc, "boot_time", lambda: now - 30.0)


@pytest.mark.alone
@pytest.mark.parametrize("inspection", shipped(), ids=lambda each: each.id)
def test_a_night_in_suspend_and_a_boot_bring_no_finding(
    inspection: Inspection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for the kernel's log, which is not that of the boot that is played."""
    checks = [REGISTRY.bind(call) for call in inspection.checks if call.check not in ("kernel_errors", "oom")]
    seen = [wrong(check, {}) for check in checks]
    with monkeypatch.context() as night:
        sleeps(night, 10 * HOUR)
        later = [wrong(check, memory) for check, (_, memory) in zip(checks, seen, strict=True)]
    with monkeypatch.context() as morning:
        boots(morning)
        last = [wrong(check, memory) for check, (_, memory) in zip(checks, later, strict=True)]

    for check, (first, _), (slept, _), (booted, _) in zip(checks, seen, later, last, strict=True):
        assert slept <= first, check.name
        assert booted <= first, check.name


def test_what_a_host_says_at_its_first_boot_after_a_week_of_learning_is_no_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path / "journal")
    journal.write("beginning")
    watcher = Watcher("log_kinds", {"journal_folder": str(journal.folder), "learn": "0s", "priority": "err"})
    watcher.look()

    with monkeypatch.context() as first:
        boots(first)
        journal.write("ACPI BIOS Error (bug): Could not resolve symbol", PRIORITY=3, SYSLOG_IDENTIFIER="kernel")
        journal.write("Failed to find module 'lp'", PRIORITY=3, SYSLOG_IDENTIFIER="systemd-modules-load")
        assert watcher.findings() == {}
        first.setattr(proc, "boot_time", lambda: time.time() - HOUR)
        journal.write("the pump stands still", PRIORITY=3, SYSLOG_IDENTIFIER="pump")
        assert set(watcher.findings().values()) == {Severity.WARNING}
    watcher.known = {**watcher.known, "new": {}}

    with monkeypatch.context() as second:
        boots(second, "the boot after that")
        journal.write("Could not start the second pump at all", PRIORITY=3, SYSLOG_IDENTIFIER="pumps")
        assert set(watcher.findings().values()) == {Severity.WARNING}


def test_what_another_kernel_says_at_its_first_boot_is_no_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path / "journal")
    journal.write("beginning")
    watcher = Watcher("log_kinds", {"journal_folder": str(journal.folder), "learn": "0s", "priority": "err"})
    watcher.look()
    boots(monkeypatch)
    assert watcher.findings() == {}
    boots(monkeypatch, "of another kernel")
    here = os.uname()
    monkeypatch.setattr(os, "uname", lambda: os.uname_result((*here[:2], "6.99.0", *here[3:])))

    journal.write("tpm tpm0: A TPM error (2314) occurred", PRIORITY=3, SYSLOG_IDENTIFIER="kernel")
    assert watcher.findings() == {}
    journal.write("Could not start the second pump at all", PRIORITY=3, SYSLOG_IDENTIFIER="pumps")
    assert set(watcher.findings().values()) == {Severity.WARNING}
