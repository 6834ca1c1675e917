"""What Cortex knows at once of what a person asks: how the host is, and the case that the question is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from probed.core.alert import Alert
from probed.core.case import Case
from probed.core.finding import Severity
from probed.engine.catalogue import Catalogue
from probed.engine.rules import Rules
from probed.errors import NotFound
from probed.ports import Clock, Queries

MOST_OPEN = 20


@dataclass(frozen=True, slots=True)
class Subject:
    """The case that a question is about; of an alert from outside, which has none, the alert."""

    id: str
    severity: Severity
    summary: str
    facts: Mapping[str, object]


class InquiryFacts:
    def __init__(self, queries: Queries, catalogue: Catalogue, clock: Clock, rules: Rules) -> None:
        self._queries, self._catalogue, self._clock, self._rules = queries, catalogue, clock, rules

    async def of(self, subject: Subject | None) -> dict[str, object]:
        now = self._clock.now()
        open_cases = await self._queries.cases(MOST_OPEN, open_only=True)
        facts: dict[str, object] = {
            "host": self._rules.host,
            "now": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "local_time": f"{now.astimezone():%A %Y-%m-%d %H:%M:%S %Z (UTC%z)}",
            "mode": self._rules.mode,
            "inspections": " ".join(each.id for each in self._catalogue.inspections()),
            "open_cases": [_of_case(case) for case in open_cases.items],
        }
        return facts | ({"the_question_is_about": subject.facts} if subject else {})

    async def subject(self, id_: str) -> Subject:
        """Of an alert or a case. Raises NotFound, Conflict."""
        try:
            alert = await self._queries.alert(id_)
        except NotFound:
            return _subject_of(await self._queries.case(id_))
        if alert.is_external:
            return Subject(alert.id, alert.severity, alert.summary, _of_alert(alert))
        return _subject_of(await self._queries.case(alert.case_id), alert)


def _subject_of(case: Case, alert: Alert | None = None) -> Subject:
    facts = {**_of_case(case), "evidence": case.evidence, "tried": case.tried, "outlook": case.outlook}
    return Subject(case.id, case.severity, case.summary, facts | ({"alert": _of_alert(alert)} if alert else {}))


def _of_case(case: Case) -> dict[str, object]:
    return {
        "inspection": case.source,
        "check": case.check,
        "object": case.object,
        "severity": case.severity,
        "summary": case.summary,
        "since": f"{case.opened_at:%Y-%m-%dT%H:%M:%SZ}",
        "stage": case.stage,
    }


def _of_alert(alert: Alert) -> dict[str, object]:
    return {
        "state": alert.state,
        "severity": alert.severity,
        "summary": alert.summary,
        "since": f"{alert.starts_at:%Y-%m-%dT%H:%M:%SZ}",
        "labels": alert.labels,
        "annotations": alert.annotations,
    }
