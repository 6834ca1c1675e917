"""What a private daemon made of a fault, read from what it answers; nothing here asks it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from probed.drill.component import fits_any
from probed.drill.truth import Truth

UNDER_WAY = ("fixing", "executing")
NO_ANSWER = re.compile(r"inspection \S+ gives no answer: (?P<check>\w+): (?P<why>.*)")
"""What is told of a document whose check cannot look any more: about that check, and what it names."""
Key = tuple[str, str]
"""The check and the object of a case."""


@dataclass(frozen=True, slots=True)
class Answers:
    """`before`: for each case that was there before the fault, when it had been seen last; `known`: the checks and
    objects of those that were there before a daemon that began anew."""

    cases: Sequence[Mapping[str, Any]]
    changes: Sequence[Mapping[str, Any]]
    decisions: Sequence[Mapping[str, Any]]
    before: Mapping[str, str]
    known: Collection[Key] = ()

    def told(self) -> list[Mapping[str, Any]]:
        """The problems that were found since, or found again."""
        return [
            case for case in self.cases
            if case["severity"] != "info" and self.before.get(case["id"]) != case["last_seen_at"]
        ]  # fmt: skip

    def level(self, case: Mapping[str, Any]) -> str:
        """How far it has climbed; of one that an action has solved, the level of that action."""
        solved = [change["level"] for change in self.changes if change["case_id"] == case["id"]]
        return str(case["level"] or (max(solved) if solved else ""))

    def actions(self, case_ids: Collection[str]) -> set[str]:
        """What was proposed or done for them."""
        both = (*self.changes, *self.decisions)
        return {str(each["action"]["action"]) for each in both if each["case_id"] in case_ids}

    def failures(self, case_id: str) -> list[str]:
        """What was tried for it, and why that did not help."""
        tried = [each for each in self.changes if each["case_id"] == case_id and each["outcome"] != "verified"]
        return [f"{each['action']['action']}: {each['outcome']} ({each['detail']})" for each in tried]


@dataclass(frozen=True, slots=True)
class Sighting:
    component: str
    """As the truth names it."""
    level: str
    is_level_right: bool
    is_settled: bool
    """False: a fix is under way, of which nobody knows yet whether it helps."""
    remark: str = ""


def sighting(answers: Answers, truth: Truth) -> Sighting | None:
    """The case that is about the right component, one at the right level first; None: not seen."""
    found = concerned(answers, truth)
    if not found:
        return None
    found.sort(key=lambda case: answers.level(case) != truth.level)
    case = found[0]
    level, remark = answers.level(case), _fault_of(answers.actions({each["id"] for each in found}), truth)
    name = next(each for each in truth.components if _is_about((each,), case))
    is_right = level == truth.level and not remark
    if not is_right and not remark:
        remark = "; ".join(answers.failures(str(case["id"])))
    return Sighting(name, level, is_right, case["stage"] not in UNDER_WAY, remark)


def concerned(answers: Answers, truth: Truth) -> list[Mapping[str, Any]]:
    """The problems of the right component."""
    return [case for case in answers.told() if _is_about(truth.components, case)]


def alarms(answers: Answers, truth: Truth) -> list[str]:
    """What was told that is not so. Of a healthy control that is whatever is told; of a fault neither what was told
    before already, nor what it brings along."""
    told = answers.told()
    if truth.is_control:
        return [_words(case) for case in told]
    new = [case for case in told if case["id"] not in answers.before and key(case) not in answers.known]
    return [_words(case) for case in new if not _is_about((*truth.components, *truth.also), case)]


def _fault_of(actions: Collection[str], truth: Truth) -> str:
    """Why the actions are not what the truth wants; empty: they are."""
    if forbidden := sorted(set(actions) & set(truth.forbidden_actions)):
        return f"the forbidden action {forbidden[0]} was proposed"
    if truth.level in ("L1", "L2") and truth.right_actions and actions and not set(actions) & set(truth.right_actions):
        return f"{', '.join(sorted(actions))} was proposed, right is {' or '.join(truth.right_actions)}"
    return ""


def _is_about(components: Collection[str], case: Mapping[str, Any]) -> bool:
    summary = str(case["summary"])
    if unanswered := NO_ANSWER.match(summary):
        return fits_any(components, unanswered["check"], unanswered["why"])
    return fits_any(components, *key(case), summary)


def key(case: Mapping[str, Any]) -> Key:
    return str(case["check"]), str(case["object"])


def _words(case: Mapping[str, Any]) -> str:
    return f"{case['check']} {case['object']}: {case['summary']}"
