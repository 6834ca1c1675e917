"""From what a model handed in to a report's content, or to the name of the field that is wrong.

The schema that the model was given says the same; this is what holds whether or not a backend looked at it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from probed.agent.recall_prompt import SAYS
from probed.agent.schema import MAX_CITES, MAX_FINDINGS, MAX_ID, MAX_NAME, MAX_SUMMARY
from probed.core.advice import Advice, NoAdvice, Recommendation, advice_of, says_no
from probed.core.finding import ActionCall, Finding, Severity
from probed.core.investigation import Task
from probed.core.report import Verdict
from probed.errors import InvalidReport

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""What could steer a terminal."""
MAX_REPORT = 262_144
"""Characters of the whole report as JSON."""
MAX_EVIDENCE = 16_384
"""Characters of one finding's evidence, or of one action's parameters, as JSON."""
MAX_ANSWER = 32_768
"""Characters of an answer in words."""
TROUBLED = frozenset({Severity.WARNING, Severity.CRITICAL})

Word = TypeVar("Word", Verdict, Severity)


@dataclass(frozen=True, slots=True)
class Opinion:
    verdict: Verdict
    summary: str
    findings: tuple[Finding, ...]
    advice: Advice | None = None
    words: str = ""


def opinion_of(content: object, task: Task, said: str = "") -> Opinion:
    """`said`: the model's words beside it. Raises InvalidReport, which names the field."""
    if task.asked:
        return Opinion(Verdict.UNKNOWN, "", (), words=_text(_plain(content), "answer", MAX_ANSWER))
    if task.question:
        return _advice(content, said)
    if task.doubts:
        return _sameness(content)
    report = _object(_plain(content), "report", required=("verdict", "summary", "findings"))
    found = report["findings"]
    if not isinstance(found, list):
        raise InvalidReport("findings", "is not a list")
    if len(found) > MAX_FINDINGS:
        raise InvalidReport("findings", f"has {len(found)} entries, more than {MAX_FINDINGS}")
    findings = tuple(_finding(each, f"findings[{index}]", task.actions) for index, each in enumerate(found))
    verdict = _word(report["verdict"], Verdict, "verdict")
    _refuse_contradiction(verdict, findings, task)
    return Opinion(verdict, _text(report["summary"], "summary", MAX_SUMMARY), findings)


def _advice(content: object, said: str) -> Opinion:
    try:
        advice = advice_of(_plain(content))
    except NoAdvice as error:
        raise InvalidReport("advice", str(error)) from error
    if advice.recommendation is Recommendation.APPROVE and says_no(said):
        raise InvalidReport("advice", "approves, and the words beside it say no")
    return Opinion(Verdict.UNKNOWN, "", (), advice)


def _sameness(content: object) -> Opinion:
    said = _object(_plain(content), "answer", required=("same", "because"))
    if said["same"] not in tuple(SAYS):
        raise InvalidReport("same", f"is none of {', '.join(SAYS)}")
    return Opinion(SAYS[str(said["same"])], _text(said["because"], "because", MAX_SUMMARY), ())


def _plain(content: object) -> object:
    """What can be stored and shown: neither lone surrogates nor numbers that JSON does not have."""
    try:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidReport("report", f"is not JSON: {error}") from error
    if len(text) > MAX_REPORT:
        raise InvalidReport("report", f"has {len(text)} characters, more than {MAX_REPORT}")
    return json.loads(text.encode(errors="replace"))


def _refuse_contradiction(verdict: Verdict, findings: Sequence[Finding], task: Task) -> None:
    troubled = any(finding.severity in TROUBLED for finding in findings)
    if verdict is Verdict.OK and troubled:
        raise InvalidReport("verdict", "is ok, but a finding is not")
    known = troubled or any(finding.severity in TROUBLED for finding in task.findings)
    if verdict in (Verdict.WARNING, Verdict.CRITICAL) and not known:
        raise InvalidReport("verdict", f"is {verdict}, but no finding says why")


def _finding(content: object, field: str, actions: Sequence[str]) -> Finding:
    finding = _object(
        content,
        field,
        required=("check", "object", "severity", "summary", "evidence"),
        optional=("proposed_action", "cites"),
    )
    return Finding(
        check=_text(finding["check"], f"{field}.check", MAX_NAME),
        object=_text(finding["object"], f"{field}.object", MAX_NAME),
        severity=_word(finding["severity"], Severity, f"{field}.severity"),
        summary=_text(finding["summary"], f"{field}.summary", MAX_SUMMARY),
        evidence=_facts(finding["evidence"], f"{field}.evidence"),
        proposed_action=_proposal(finding.get("proposed_action"), f"{field}.proposed_action", actions),
        cites=_cites(finding.get("cites"), f"{field}.cites"),
    )


def _cites(content: object, field: str) -> tuple[str, ...]:
    """None is no fault: what a finding rests on is compared afterwards, and what rests on nothing is marked."""
    if content is None:
        return ()
    if not isinstance(content, list) or not all(isinstance(each, str) for each in content):
        raise InvalidReport(field, "is not a list of texts")
    return tuple(dict.fromkeys(CONTROL.sub("", each.strip())[:MAX_ID] for each in content[:MAX_CITES]))


def _proposal(content: object, field: str, actions: Sequence[str]) -> ActionCall | None:
    if content is None:
        return None
    proposal = _object(content, field, required=("action", "params"))
    action = _text(proposal["action"], f"{field}.action", MAX_NAME)
    if action not in actions:
        allowed = ", ".join(actions) or "none"
        raise InvalidReport(f"{field}.action", f"{action!r} may not be proposed here (allowed: {allowed})")
    return ActionCall(action, _facts(proposal["params"], f"{field}.params"))


def _object(
    content: object, field: str, *, required: Sequence[str], optional: Sequence[str] = ()
) -> Mapping[str, object]:
    if not isinstance(content, dict):
        raise InvalidReport(field, "is not an object")
    for name in required:
        if name not in content:
            raise InvalidReport(_below(field, name), "is missing")
    for name in content:
        if name not in (*required, *optional):
            raise InvalidReport(_below(field, str(name)), "is not a field of a report")
    return content


def _below(field: str, name: str) -> str:
    return name if field == "report" else f"{field}.{name}"


def _text(content: object, field: str, longest: int) -> str:
    if not isinstance(content, str) or not content.strip():
        raise InvalidReport(field, "is not a text")
    if len(content) > longest:
        raise InvalidReport(field, f"has {len(content)} characters, more than {longest}")
    return CONTROL.sub("\N{REPLACEMENT CHARACTER}", content.strip())


def _word(content: object, words: type[Word], field: str) -> Word:
    if not isinstance(content, str) or content not in list(words):
        raise InvalidReport(field, f"is none of {', '.join(words)}")
    return words(content)


def _facts(content: object, field: str) -> Mapping[str, object]:
    if not isinstance(content, dict):
        raise InvalidReport(field, "is not an object")
    if len(json.dumps(content)) > MAX_EVIDENCE:
        raise InvalidReport(field, f"has more than {MAX_EVIDENCE} characters")
    return content
