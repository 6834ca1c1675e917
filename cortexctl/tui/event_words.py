"""Events of the stream as people say them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cortexctl.text import pairs
from cortexctl.tui.cell import TONE_OF
from probed.wire.event import EventShape

TELLING = ("verdict", "outcome", "state", "stage", "severity")
"""Where an event says how good or bad it is, the most telling first."""


def words(event: EventShape) -> str:
    phrase = PHRASES.get(event.type)
    return phrase(event) if phrase else f"{event.type} {event.subject} {pairs(event.data)}"


def tone(event: EventShape) -> str:
    if event.type in QUIET:
        return "muted"
    said = (str(event.data[name]) for name in TELLING if event.data.get(name))
    tone = next((TONE_OF[word] for word in said if word in TONE_OF), "")
    return "muted" if event.type == "run.ended" and tone == "ok" else tone


def told(events: Sequence[EventShape]) -> list[EventShape]:
    """What is worth a line, the newest first: of runs that end alike the newest, of starts those that are under way."""
    ended = {event.subject for event in events if event.type == "run.ended"}
    newer: dict[str, str] = {}
    worth = []
    for event in events:
        if event.type == "run.started" and event.subject in ended:
            continue
        if event.type == "run.ended":
            outcome = words(event)
            if newer.get(_of(event, "inspection")) == outcome:
                continue
            newer[_of(event, "inspection")] = outcome
        worth.append(event)
    return worth


def _run_started(event: EventShape) -> str:
    return f"{_of(event, 'inspection')} started ({_of(event, 'trigger')})"


def _run_ended(event: EventShape) -> str:
    outcome = _of(event, "verdict") or _of(event, "state")
    return _joined(f"{_of(event, 'inspection')}: {outcome}", _of(event, "reason"), ", ")


def _alert_changed(event: EventShape) -> str:
    by = f" by {_of(event, 'by')}" if event.data.get("by") else ""
    return _joined(f"alert {_of(event, 'state')}{by}", _of(event, "summary"))


def _case_changed(event: EventShape) -> str:
    return _joined(f"case {_of(event, 'stage')}", _of(event, "summary"))


def _decision_changed(event: EventShape) -> str:
    return _joined(f"decision {_of(event, 'state')}", _of(event, "action"))


def _change_recorded(event: EventShape) -> str:
    return _joined(f"{_of(event, 'outcome').replace('_', ' ')}: {_of(event, 'action')}", _of(event, "detail"))


def _message_sent(event: EventShape) -> str:
    return _joined(f"told by {_of(event, 'recipient')}", _of(event, "title"))


def _message_resent(event: EventShape) -> str:
    return f"sent again to {_of(event, 'recipient')} by {_of(event, 'by')}"


def _channel_changed(event: EventShape) -> str:
    answers = _of(event, "state") == "closed"
    return f"{event.subject} answers again" if answers else f"{event.subject} does not answer: {_of(event, 'why')}"


def _channel_tested(event: EventShape) -> str:
    outcome = "took it" if event.data.get("delivered") else "did not take it"
    return _joined(f"{event.subject} tested by {_of(event, 'by')}: {outcome}", _of(event, "detail"))


def _change_confirmed(event: EventShape) -> str:
    return f"confirmed by {_of(event, 'by')}: {_of(event, 'action')}"


def _change_rolled_back(event: EventShape) -> str:
    return _joined(f"rolls back {_of(event, 'action')}", _of(event, "reason"))


def _incident_changed(event: EventShape) -> str:
    return _joined(f"incident {_of(event, 'state')}", _of(event, "summary"))


def _silence_changed(event: EventShape) -> str:
    return f"silence {_of(event, 'state')} by {_of(event, 'by')}: {event.subject}"


def _maintenance_changed(event: EventShape) -> str:
    return f"maintenance {_of(event, 'state')}: {event.subject}"


def _mode_changed(event: EventShape) -> str:
    return f"mode {_of(event, 'mode')}" + ("" if event.subject == "daemon" else f": {event.subject}")


def _autonomy_changed(event: EventShape) -> str:
    rung = f"pinned to {_of(event, 'pin')}" if event.data.get("pin") else _of(event, "rung") or "no longer pinned"
    return f"{event.subject} on {_of(event, 'object_kind')}: {rung}"


def _question_asked(event: EventShape) -> str:
    return f"question by {_of(event, 'by')}"


def _question_ended(event: EventShape) -> str:
    return f"question {_of(event, 'state')}"


def _notice(event: EventShape) -> str:
    return _of(event, "text")


def _of(event: EventShape, name: str) -> str:
    return str(event.data.get(name) or "")


def _joined(what: str, more: str, mark: str = ": ") -> str:
    return f"{what}{mark}{more}" if more else what


PHRASES: dict[str, Callable[[EventShape], str]] = {
    "run.started": _run_started,
    "run.ended": _run_ended,
    "alert.changed": _alert_changed,
    "case.changed": _case_changed,
    "decision.changed": _decision_changed,
    "change.recorded": _change_recorded,
    "change.confirmed": _change_confirmed,
    "change.rolled_back": _change_rolled_back,
    "incident.changed": _incident_changed,
    "silence.changed": _silence_changed,
    "maintenance.changed": _maintenance_changed,
    "mode.changed": _mode_changed,
    "autonomy.changed": _autonomy_changed,
    "message.sent": _message_sent,
    "message.resent": _message_resent,
    "channel.changed": _channel_changed,
    "channel.tested": _channel_tested,
    "question.asked": _question_asked,
    "question.ended": _question_ended,
    "daemon.notice": _notice,
}
QUIET = {"run.started", "message.sent"}
