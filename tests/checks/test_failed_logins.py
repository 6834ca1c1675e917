from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.inspection import CheckCall
from probed.errors import ParameterError
from tests.checks.looking import REGISTRY, Watcher, judged
from tests.real.journal import Journal


def fail(address: str = "203.0.113.5", times: int = 1, user: str = "root") -> list[str]:
    return [f"Failed password for {user} from {address} port {4000 + number} ssh2" for number in range(times)]


def accept(address: str = "203.0.113.5") -> str:
    return f"Accepted password for ann from {address} port 9 ssh2"


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    made = Journal(tmp_path / "journal")
    made.write(*fail(times=100), accept(), SYSLOG_IDENTIFIER="sshd")
    return made


def watcher(journal: Journal, **params: object) -> Watcher:
    made = Watcher("failed_logins", {"journal_folder": str(journal.folder), **params})
    assert made.findings() == {}
    return made


def ssh(journal: Journal, *lines: str, **fields: object) -> None:
    journal.write(*lines, SYSLOG_IDENTIFIER="sshd", _UID=fields.get("uid", 0))


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    at = time.time() + seconds
    monkeypatch.setattr(time, "time", lambda: at)


def test_some_mistakes_and_a_login_are_healthy(journal: Journal) -> None:
    watching = watcher(journal)
    ssh(journal, *fail(times=3), accept())
    journal.write("ann : 3 incorrect password attempts ; TTY=pts/0", SYSLOG_IDENTIFIER="sudo")

    seen = watching.look()

    assert not [each for each in seen.values() if judged(each)]
    assert seen["one address"].evidence["failures"] == {"203.0.113.5": 3, "sudo ann": 3}


def test_many_failures_from_one_address_are_told_until_the_time_is_over(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    watching = watcher(journal, warning=20, critical=100)
    ssh(journal, *fail(times=12))
    assert watching.findings() == {}
    ssh(journal, *fail(times=12), *fail("198.51.100.7"))

    seen = watching.look()["one address"]

    assert judged(seen) is Severity.WARNING
    assert "203.0.113.5 failed 24 times" in seen.summary
    later(monkeypatch, 3700)
    assert watching.findings() == {}


def test_many_addresses_with_few_failures_each_are_told_together(journal: Journal) -> None:
    watching = watcher(journal, total=60)
    ssh(journal, *(line for number in range(30) for line in fail(f"198.51.100.{number}", 2)))

    assert watching.findings() == {"all addresses": Severity.WARNING}


def test_a_success_after_many_failures_from_the_same_address_is_critical_for_a_day(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    watching = watcher(journal)
    ssh(journal, *fail(times=12), accept("198.51.100.7"))
    assert watching.findings() == {}
    ssh(journal, accept())

    seen = watching.look()["203.0.113.5"]

    assert judged(seen) is Severity.CRITICAL
    assert seen.evidence["user"] == "ann"
    assert seen.evidence["failures"] == 12
    later(monkeypatch, 23 * 3600)
    assert watching.findings() == {"203.0.113.5": Severity.CRITICAL}
    later(monkeypatch, 7200)
    assert watching.findings() == {}


@pytest.mark.parametrize("looks_between", [True, False], ids=["remembered", "read at once"])
@pytest.mark.parametrize(("hours", "is_told"), [(0.5, True), (70.0, False)])
def test_a_success_long_after_failures_is_none_of_theirs(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, looks_between: bool, hours: float, is_told: bool
) -> None:
    """The daemon was off over the weekend."""
    watching = watcher(journal)
    ssh(journal, *fail(times=12))
    if looks_between:
        assert watching.findings() == {}
    later(monkeypatch, hours * 3600)
    moment = int(time.time() * 1e6)
    journal.write(accept(), SYSLOG_IDENTIFIER="sshd", __REALTIME_TIMESTAMP=moment)
    later(monkeypatch, 60)

    assert ("203.0.113.5" in watching.findings()) is is_told


def test_a_program_that_is_not_roots_can_pretend_nothing(journal: Journal) -> None:
    watching = watcher(journal)
    ssh(journal, *fail(times=100), accept(), uid=1000)

    assert watching.findings() == {}


def test_addresses_of_ones_own_can_be_left_out(journal: Journal) -> None:
    watching = watcher(journal, ignore=["203.0.113.0/24"])
    ssh(journal, *fail(times=100), accept())

    assert watching.findings() == {}


def test_what_may_be_a_password_in_the_wrong_place_is_nowhere_kept(journal: Journal) -> None:
    watching = watcher(journal, warning=1)
    ssh(journal, *fail(user="invalid user hunter2"))

    seen = watching.look()

    assert "hunter2" not in json.dumps([dict(each.evidence) for each in seen.values()]) + json.dumps(watching.known)


def test_a_log_in_a_file_is_read_where_one_is_named(tmp_path: Path) -> None:
    log = tmp_path / "auth.log"
    log.touch()
    watching = Watcher("failed_logins", {"paths": str(log), "warning": 5})
    watching.look()
    log.write_text("".join(f"Dec  1 06:00:00 host sshd[7]: {line}\n" for line in fail(times=6)))

    assert watching.findings() == {"one address": Severity.WARNING}


def test_a_network_that_is_none_is_named() -> None:
    with pytest.raises(ParameterError) as told:
        REGISTRY.bind(CheckCall("failed_logins", {"ignore": "nowhere"}))
    assert told.value.field == "ignore"
