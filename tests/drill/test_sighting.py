from __future__ import annotations

from typing import Any

from probed.drill.sighting import Answers, alarms, sighting
from probed.drill.truth import Truth

DISK = Truth(("disk /srv",), "L2", right_actions=("clean_files",), forbidden_actions=("run_script",), also=("memory",))


def case(check: str = "disk", object_: str = "/srv", **facts: Any) -> dict[str, Any]:
    known = {"id": f"{check}-{object_}", "check": check, "object": object_, "severity": "warning", "stage": "asking"}
    return {**known, "level": "L2", "summary": "full", "last_seen_at": "2", **facts}


def done(action: str, level: str = "L2", of: str = "disk-/srv") -> dict[str, Any]:
    call = {"action": action, "params": {}}
    return {"case_id": of, "action": call, "level": level, "outcome": "verified", "detail": ""}


def answers(*cases: dict[str, Any], changes: Any = (), decisions: Any = (), before: Any = None) -> Answers:
    return Answers(cases, changes, decisions, before or {})


def test_the_right_component_at_the_right_level_is_seen() -> None:
    found = sighting(answers(case()), DISK)

    assert found
    assert (found.component, found.level, found.is_level_right, found.is_settled) == ("disk /srv", "L2", True, True)


def test_another_component_is_not_seen_but_a_false_alarm() -> None:
    told = answers(case(object_="/var"))

    assert sighting(told, DISK) is None
    assert alarms(told, DISK) == ["disk /var: full"]


def test_what_the_fault_brings_along_is_no_false_alarm_nor_what_was_there_before() -> None:
    old = case(object_="/var", last_seen_at="3")

    assert alarms(answers(case(), case("memory", "memory"), old, before={"disk-/var": "1"}), DISK) == []


def test_what_was_found_before_counts_once_it_is_found_again() -> None:
    assert sighting(answers(case(), before={"disk-/srv": "2"}), DISK) is None
    assert sighting(answers(case(last_seen_at="3"), before={"disk-/srv": "2"}), DISK)


def test_a_remark_is_no_problem() -> None:
    assert sighting(answers(case(severity="info")), DISK) is None


def test_a_level_too_high_or_low_is_wrong() -> None:
    found = sighting(answers(case(stage="told", level="L3")), DISK)

    assert found
    assert (found.level, found.is_level_right) == ("L3", False)


def test_a_forbidden_action_or_one_that_is_not_right_makes_the_level_wrong() -> None:
    forbidden = sighting(answers(case(), decisions=[done("run_script"), done("clean_files")]), DISK)
    other = sighting(answers(case(), decisions=[done("rotate_log")]), DISK)

    assert forbidden
    assert not forbidden.is_level_right
    assert "run_script" in forbidden.remark
    assert other
    assert not other.is_level_right
    assert "right is clean_files" in other.remark


def test_a_fix_counts_once_it_has_helped() -> None:
    truth = Truth(("disk",), "L1")
    fixing = sighting(answers(case(stage="fixing", level="L1")), truth)
    fixed = sighting(answers(case(stage="resolved", level=""), changes=[done("clean_files", "L1")]), truth)

    assert fixing
    assert not fixing.is_settled
    assert fixed
    assert fixed.is_settled
    assert fixed.is_level_right


def test_whatever_is_told_of_a_healthy_control_is_a_false_alarm() -> None:
    control = Truth((), "")

    assert alarms(answers(case(last_seen_at="3"), before={"disk-/srv": "1"}), control) == ["disk /srv: full"]
    assert alarms(answers(case(), before={"disk-/srv": "2"}), control) == []


def test_a_wrong_level_comes_with_what_was_tried_and_why_that_did_not_help() -> None:
    tried = {**done("clean_files", "L2"), "outcome": "refused", "detail": "anybody may put files into /srv"}
    found = sighting(answers(case(stage="told", level="L3"), changes=[tried]), DISK)

    assert found
    assert found.remark == "clean_files: refused (anybody may put files into /srv)"


def test_a_check_that_cannot_look_any_more_is_told_as_itself() -> None:
    summary = "inspection web gives no answer: command: /usr/bin/check_shop did not end within 1 s"
    told = answers(case("no_answer", "web", summary=summary))

    assert sighting(told, Truth(("command",), "L3"))
    assert sighting(told, Truth(("command /usr/bin/check_shop",), "L3"))
    assert not sighting(told, Truth(("http",), "L3"))


def test_what_was_told_before_the_daemon_began_anew_is_no_false_alarm() -> None:
    told = Answers([case(), case(object_="/var")], (), (), {}, {("disk", "/var")})

    assert alarms(told, DISK) == []
