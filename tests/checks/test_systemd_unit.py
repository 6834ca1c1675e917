from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pytest

from probed.checks import systemd_unit
from probed.core.finding import ActionCall, Severity
from probed.core.inspection import CheckCall
from probed.core.observation import Absent, Memory, Observation
from probed.host import systemd
from tests.checks.looking import REGISTRY, judged, look, observations, observe
from tests.host.scripted import Scripted, booted, show_block

UNIT = "t.service"
FAILED = {"ActiveState": "failed", "SubState": "failed", "MainPID": "0"}
LOOPING = {"ActiveState": "activating", "SubState": "auto-restart", "Result": "exit-code", "MainPID": "0"}
ENDED = {"ActiveState": "inactive", "SubState": "dead", "MainPID": "0", "ActiveExitTimestampMonotonic": "10"}
ENDED_WELL = {**ENDED, "ExecMainExitTimestampMonotonic": "10"}
NEVER_STARTED = {
    "ActiveState": "inactive",
    "SubState": "dead",
    "MainPID": "0",
    "InactiveExitTimestampMonotonic": "0",
    "ConditionResult": "no",
    "ConditionTimestampMonotonic": "0",
}
NOT_FOUND = {**NEVER_STARTED, "LoadState": "not-found", "UnitFileState": ""}


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scripted:
    scripted = booted(tmp_path, monkeypatch)
    scripted.answer("journalctl")
    monkeypatch.setattr(systemd_unit, "_said", {})
    return scripted


@pytest.mark.parametrize(
    ("properties", "severity", "words"),
    [
        ({}, None, "is active"),
        ({**FAILED, "Result": "signal", "ExecMainStatus": "9"}, Severity.CRITICAL, "killed by signal 9"),
        ({**FAILED, "Result": "exit-code", "ExecMainStatus": "1"}, Severity.CRITICAL, "exit code 1"),
        ({**FAILED, "Result": "oom-kill"}, Severity.CRITICAL, "oom-kill"),
        ({**FAILED, "Result": "start-limit-hit"}, Severity.CRITICAL, "start-limit-hit"),
        ({**FAILED, "Result": "exit-code", "ExecMainStatus": "143"}, None, "is stopped"),
        ({**LOOPING, "NRestarts": "11", "ExecMainStatus": "2"}, Severity.CRITICAL, "11 times"),
        ({**LOOPING, "NRestarts": "0"}, None, "is activating"),
        ({"ActiveState": "inactive", "SubState": "dead"}, None, "is inactive"),
        ({**ENDED, "ExecMainExitTimestampMonotonic": "9"}, Severity.CRITICAL, "has ended by itself: exit code 0"),
        ({**ENDED, "ExecMainExitTimestampMonotonic": "11"}, None, "is inactive"),  # after systemd began to stop it
        ({**ENDED_WELL, "ExecMainCode": "2", "ExecMainStatus": "15"}, Severity.CRITICAL, "by itself: signal 15"),
        ({**ENDED_WELL, "Type": "oneshot"}, None, "is inactive"),
        ({**ENDED_WELL, "Type": "dbus"}, None, "is inactive"),
        ({**ENDED_WELL, "TriggeredBy": "t.socket"}, None, "is inactive"),
        ({**ENDED_WELL, "UnitFileState": "disabled"}, None, "is inactive"),
        ({**ENDED_WELL, **FAILED, "Result": "exit-code", "ExecMainStatus": "143"}, Severity.CRITICAL, "exit code 143"),
        ({"ActiveState": "activating", "SubState": "start"}, None, "is activating"),
        (NEVER_STARTED, Severity.CRITICAL, "was not started since boot"),
        ({**NEVER_STARTED, "UnitFileState": "disabled"}, None, "is inactive"),
        ({**NEVER_STARTED, "LoadState": "masked", "UnitFileState": "masked"}, None, "is inactive"),
        ({**NEVER_STARTED, "TriggeredBy": "t.socket"}, None, "is inactive"),
        ({**NEVER_STARTED, "ConditionTimestampMonotonic": "5"}, None, "is inactive"),
        ({**NEVER_STARTED, "Type": "oneshot"}, None, "is inactive"),
        (NOT_FOUND, Severity.WARNING, "not known to systemd"),
        ({"LoadState": "bad-setting", "ActiveState": "inactive"}, Severity.CRITICAL, "cannot be loaded"),
    ],
)
def test_a_named_unit_is_judged_by_what_systemd_says(
    host: Scripted, properties: dict[str, str], severity: Severity | None, words: str
) -> None:
    host.answer("systemctl", show_block(UNIT, **properties))

    observation = observe("systemd_unit", {"units": "t"})

    assert observation.object == UNIT
    assert judged(observation) is severity
    assert words in observation.summary
    assert observation.boot_grace


def test_a_failed_unit_proposes_its_restart_and_carries_systemds_reasons(host: Scripted) -> None:
    host.answer("systemctl", show_block(UNIT, **FAILED, Result="exit-code", ExecMainStatus="1", NRestarts="5"))
    host.answer("journalctl", json.dumps({"MESSAGE": "cannot bind: address in use"}) + "\n")

    observation = observe("systemd_unit", {"units": "t", "for": "1m", "journal": 3})

    assert observation.proposed_action == ActionCall("restart_unit", {"unit": UNIT})
    assert observation.evidence["result"] == "exit-code"
    assert observation.evidence["exit_status"] == 1
    assert observation.evidence["restarts"] == 5
    assert observation.evidence["journal"] == ["cannot bind: address in use"]
    assert "--lines=3" in host.calls("journalctl")[0]
    assert observation.threshold
    assert observation.threshold.for_s == 60


def test_a_unit_that_systemd_does_not_know_cannot_be_restarted(host: Scripted) -> None:
    host.answer("systemctl", show_block(UNIT, **NOT_FOUND))

    assert observe("systemd_unit", {"units": UNIT}).proposed_action is None


def test_the_journal_is_read_once_of_a_unit_that_ended_a_while_ago_and_anew_of_one_that_just_did(
    host: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended_s = time.monotonic() - 60
    for moment, read in ((ended_s, 1), (ended_s, 1), (time.monotonic() + 5, 2), (time.monotonic() + 5, 3)):
        changed = {"StateChangeTimestampMonotonic": str(int(1e6 * moment))}
        host.answer("systemctl", show_block("t.service", ActiveState="failed", SubState="failed", **changed))
        observe("systemd_unit", {"units": "t"})

        assert len(host.calls("journalctl")) == read


def test_a_hidden_journal_is_said_and_the_finding_stands(host: Scripted) -> None:
    host.answer("systemctl", show_block(UNIT, **FAILED, Result="signal"))
    host.answer("journalctl", stderr="No journal files were opened due to insufficient permissions.", exit_code=1)

    finding, note = look("systemd_unit", {"units": UNIT})

    assert not isinstance(finding, Absent)
    assert judged(finding) is Severity.CRITICAL
    assert isinstance(note, Absent)
    assert "systemd-journal" in note.remedy


def test_a_slow_journal_does_not_cost_the_answer(host: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probed.checks.systemd_unit.JOURNAL_DEADLINE_S", 0.2)
    host.answer("systemctl", show_block(UNIT, **FAILED, Result="signal"))
    host.answer("journalctl", sleep_s=20)

    observation = observe("systemd_unit", {"units": UNIT})

    assert judged(observation) is Severity.CRITICAL
    assert "journal" not in observation.evidence


def arrange(monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], **properties: str) -> None:
    """A host on which `list-units` tells of these units, all of them alike."""

    def show(asked: Sequence[str]) -> tuple[systemd.Unit, ...]:
        blocks = "\n".join(show_block(name, **properties) for name in asked)
        return tuple(systemd._unit(block) for block in systemd.blocks(blocks))

    monkeypatch.setattr(systemd, "list_units", lambda patterns=(), *, states=(): names)
    monkeypatch.setattr(systemd, "show", show)
    monkeypatch.setattr(systemd, "restart_counts", lambda patterns: {})


@pytest.mark.usefixtures("host")
def test_every_failed_unit_is_a_warning_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    arrange(monkeypatch, ("a.service", "b.timer"), **FAILED, Result="exit-code")

    found = observations("systemd_unit")

    assert {name: judged(each) for name, each in found.items()} == {
        "a.service": Severity.WARNING,
        "b.timer": Severity.WARNING,
    }


@pytest.mark.usefixtures("host")
def test_an_excluded_unit_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    arrange(monkeypatch, ("a.service", "b.timer"), **FAILED, Result="exit-code")

    assert set(observations("systemd_unit", {"exclude": "*.timer"})) == {"a.service"}


@pytest.mark.usefixtures("host")
def test_a_host_on_which_nothing_failed_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    arrange(monkeypatch, ())

    observation = observe("systemd_unit")

    assert observation.summary == "no unit has failed"
    assert judged(observation) is None


@pytest.mark.usefixtures("host")
def test_a_pattern_stands_for_the_units_that_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    arrange(monkeypatch, ("web-1.service", "web-2.service"), **FAILED, Result="signal")

    found = observations("systemd_unit", {"units": "web-*"})

    assert {judged(each) for each in found.values()} == {Severity.CRITICAL}
    assert set(found) == {"web-1.service", "web-2.service"}


def test_a_host_without_systemd_says_so_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(systemd, "BOOTED", str(tmp_path / "nothing"))

    assert look("systemd_unit") == (Absent("systemd"),)


def restarting(
    monkeypatch: pytest.MonkeyPatch, *counts: Mapping[str, int], params: Mapping[str, object], moments: Iterable[float]
) -> list[dict[str, Severity | None]]:
    """What is said at each look while the counters are these; the units run whenever they are looked at."""
    arrange(monkeypatch, ())
    known: Memory = {}
    check, told = REGISTRY.bind(CheckCall("systemd_unit", params)), list[dict[str, Severity | None]]()
    for now, each in zip(moments, counts, strict=True):
        monkeypatch.setattr(systemd, "restart_counts", lambda patterns, each=each: each)
        monkeypatch.setattr("probed.checks.systemd_unit.time.time", lambda now=now: now)
        answer, known = check.look_since(json.loads(json.dumps(known)))
        told.append({item.object: judged(item) for item in answer if isinstance(item, Observation)})
    return told


@pytest.mark.usefixtures("host")
def test_a_unit_that_runs_but_was_started_again_often_lately_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = [{"a.service": count} for count in (40, 42, 45, 45)]

    told = restarting(monkeypatch, *counts, params={}, moments=(1000, 1100, 1200, 3000))

    assert [each.get("a.service") for each in told] == [None, None, Severity.WARNING, None]
    assert told[3] == {"units": None}


@pytest.mark.usefixtures("host")
def test_a_named_one_is_critical_and_a_unit_whose_counter_begins_anew_counts_from_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counts = [{"a.service": count} for count in (40, 1, 3)]

    told = restarting(monkeypatch, *counts, params={"units": "a", "restarts": 3}, moments=(1000, 1100, 1200))

    assert [each["a.service"] for each in told] == [None, None, Severity.CRITICAL]


@pytest.mark.usefixtures("host")
def test_consoles_and_what_is_switched_off_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = [{"getty@tty1.service": count, "console-getty.service": count} for count in (1, 99)]

    assert restarting(monkeypatch, *counts, params={}, moments=(1000, 1100)) == [{"units": None}] * 2
    counts = [{"a.service": count} for count in (1, 99)]
    assert restarting(monkeypatch, *counts, params={"restarts": "off"}, moments=(1000, 1100)) == [{"units": None}] * 2


@pytest.mark.usefixtures("host")
def test_what_runs_at_the_moment_is_not_proposed_to_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    arrange(monkeypatch, ())
    check = REGISTRY.bind(CheckCall("systemd_unit", {"units": "a"}))
    known: Memory = {"counts": {"a.service": 1}, "moments": {}, "looked_at": time.time()}
    monkeypatch.setattr(systemd, "restart_counts", lambda patterns: {"a.service": 9})

    (seen,), _ = check.look_since(known)

    assert isinstance(seen, Observation)
    assert "was started again 8 times within 15m" in seen.summary
    assert seen.proposed_action is None


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"Result": "exit-code", "NRestarts": "5", "Restart": "on-failure"}, "systemd gave up after 5 restarts"),
        ({"Result": "start-limit-hit"}, "started too often within a short time"),
    ],
)
def test_a_start_limit_that_was_hit_is_said(host: Scripted, properties: dict[str, str], words: str) -> None:
    host.answer("systemctl", show_block(UNIT, **FAILED, **properties))

    assert words in observe("systemd_unit", {"units": UNIT}).summary
