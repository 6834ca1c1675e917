"""What a chat answers: the engine's records as cards, page by page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import count

from probed.core.alert import Alert
from probed.core.card import Button, Card, CardKind, Section
from probed.core.case import Case
from probed.core.count import open_alerts_text, waiting_decisions_text
from probed.core.decision import Decision, DecisionState
from probed.core.phrases import say, word
from probed.core.run import Run
from probed.core.silence import Silencing
from probed.engine import cards
from probed.engine.overview import Overview
from probed.engine.sieve import why_untold
from probed.errors import NotFound
from probed.ports import Queries

PAGE = 5
"""What one answer lists: each item has buttons of its own."""
MOST_NAMED = 10
RUNS_PAGE = 10


class EngineAnswers:
    """Implements `ports.Answers`."""

    def __init__(self, queries: Queries, overview: Callable[[], Awaitable[Overview]]) -> None:
        self._queries, self._overview = queries, overview

    async def status(self) -> Card:
        overview = await self._overview()
        alerts = [f"{word(alert.severity)}: {alert.summary}" for alert in overview.alerts[:MOST_NAMED]]
        waiting = [f"{decision.call.key} ({decision.summary})" for decision in overview.decisions[:MOST_NAMED]]
        return _answer(
            overview,
            say("{verdict} (mode {mode})", verdict=word(overview.verdict), mode=overview.mode),
            (
                *_titled(say("what is wrong"), [*alerts, *_left(overview.alerts, MOST_NAMED, "/alerts")]),
                *_titled(say("waits for you"), [*waiting, *_left(overview.decisions, MOST_NAMED, "/decisions")]),
                *_titled(say("notes"), overview.notes[:MOST_NAMED]),
            ),
        )

    async def alerts(self, start: str = "") -> Card:
        overview = await self._overview()
        first = _number(start)
        shown = overview.alerts[first : first + PAGE]
        silencing = Silencing(await self._queries.unexpired_silences(overview.at), overview.at)
        untold = [why_untold(alert, silencing) for alert in shown]
        return _answer(
            overview,
            open_alerts_text(len(overview.alerts)) if overview.alerts else say("no open alerts"),
            tuple(map(_alert_section, count(first + 1), shown, untold)),
            (*cards.alert_buttons(shown), *_more("alerts", overview.alerts, first)),
        )

    async def decisions(self, start: str = "") -> Card:
        overview = await self._overview()
        first = _number(start)
        shown = overview.decisions[first : first + PAGE]
        return _answer(
            overview,
            waiting_decisions_text(len(overview.decisions)) if overview.decisions else say("no decision waits"),
            tuple(_decision_section(number, decision) for number, decision in enumerate(shown, first + 1)),
            (*cards.answer_buttons(shown, first + 1), *_more("decisions", overview.decisions, first)),
        )

    async def runs(self, start: str = "") -> Card:
        page = await self._queries.runs(RUNS_PAGE, start or None)
        more = (Button(say("More"), "more", f"runs.{page.next}"),) if page.next else ()
        title = say("runs") if page.items else say("no runs")
        return _answer(await self._overview(), title, (Section("", tuple(_run_line(run) for run in page.items)),), more)

    async def decision(self, decision_id: str) -> Decision:
        return await self._queries.decision(decision_id)

    async def details(self, subject: str) -> Card:
        overview = await self._overview()
        try:
            decision = await self._queries.decision(subject)
        except NotFound:
            alert = await self._queries.alert(subject)
            return _answer(overview, alert.summary, _alert_details(alert, await self._case(alert.case_id)))
        case = await self._case(decision.case_id)
        return _answer(overview, f"{decision.call.key}: {word(decision.state)}", _decision_details(decision, case))

    async def dry_run(self, decision_id: str) -> Card:
        decision = await self._queries.decision(decision_id)
        lines = decision.dry_run.splitlines() or [say("the action does not say what it would change")]
        sections = (
            Section(say("what would change"), tuple(lines)),
            Section(say("precondition"), _facts(decision.snapshot)),
        )
        return _answer(await self._overview(), decision.call.key, sections)

    async def _case(self, case_id: str) -> Case | None:
        try:
            return await self._queries.case(case_id)
        except NotFound:
            return None


def _answer(overview: Overview, title: str, sections: Sequence[Section], buttons: Sequence[Button] = ()) -> Card:
    kept = tuple(section for section in sections if section.title or section.lines)
    return Card(CardKind.ANSWER, overview.host, title, sections=kept, buttons=tuple(buttons))


def _titled(title: str, lines: Sequence[str]) -> Sequence[Section]:
    return (Section(title, tuple(lines)),) if lines else ()


def _left(items: Sequence[object], shown: int, command: str) -> Sequence[str]:
    return [say("{count} more: {command}", count=len(items) - shown, command=command)] if len(items) > shown else []


def _more(noun: str, items: Sequence[object], first: int) -> Sequence[Button]:
    following = first + PAGE
    return (Button(say("More"), "more", f"{noun}.{following}"),) if following < len(items) else ()


def _number(start: str) -> int:
    return int(start) if start.isdecimal() else 0


def _alert_section(number: int, alert: Alert, untold: str) -> Section:
    state, by = word(alert.state), alert.acknowledged_by
    state = say("{state} by {who}", state=state, who=by) if by else state
    since = say("since {time} UTC", time=f"{alert.starts_at:%Y-%m-%d %H:%M}")
    silent = (say("not told: {why}", why=untold),) if untold else ()
    return Section(f"{number}. {alert.summary}", (f"{word(alert.severity)}, {state}, {since}", *silent, alert.id))


def _decision_section(number: int, decision: Decision) -> Section:
    until = say("until: {time} UTC", time=f"{decision.expires_at:%Y-%m-%d %H:%M}")
    title = say("May I run {action}?", action=decision.call.key)
    return Section(f"{number}. {title}", (say("because: {summary}", summary=decision.summary), until, decision.id))


def _run_line(run: Run) -> str:
    reason = f": {run.reason}" if run.reason else ""
    return f"{run.created_at:%m-%d %H:%M} {run.inspection}: {word(run.state)}{reason}"


def _alert_details(alert: Alert, case: Case | None) -> Sequence[Section]:
    facts = {"state": alert.state, "severity": alert.severity, "since": f"{alert.starts_at:%Y-%m-%d %H:%M} UTC"}
    more = {"acknowledged by": alert.acknowledged_by} if alert.acknowledged_by else {}
    return (
        Section("", _named({**facts, **more, "id": alert.id})),
        Section(say("labels"), _facts(alert.labels)),
        *_titled("", _facts(alert.annotations)),
        *_titled(say("evidence"), cards.evidence_lines(case.evidence) if case else ()),
    )


def _decision_details(decision: Decision, case: Case | None) -> Sequence[Section]:
    facts = {
        "state": decision.state,
        "why asked": decision.reason,
        "decided by": decision.decided_by,
        "note": decision.note,
        "until": f"{decision.expires_at:%Y-%m-%d %H:%M} UTC" if decision.state is DecisionState.WAITING else "",
        "id": decision.id,
        "hash": decision.hash,
    }
    return (
        Section(decision.summary, _named(facts)),
        Section(say("what would change"), tuple(decision.dry_run.splitlines())),
        Section(say("precondition"), _facts(decision.snapshot)),
        *_titled(say("evidence"), cards.evidence_lines(case.evidence) if case else ()),
    )


def _named(facts: Mapping[str, object]) -> tuple[str, ...]:
    """Facts whose names are ours."""
    return _facts({word(name): word(str(value)) for name, value in facts.items()})


def _facts(facts: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(f"{name}: {value}" for name, value in facts.items() if value not in ("", None))
