"""An incident as a post-mortem in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from probed.core.alert import Alert, AlertState
from probed.core.incident import Entry, Incident, Kind
from probed.core.redaction import mask

LONGEST = 500
OPEN_QUESTIONS = ("- Why did it happen?", "- What keeps it from coming again?")


def postmortem(host: str, incident: Incident, alerts: Sequence[Alert], timeline: Sequence[Entry], now: datetime) -> str:
    """What others wrote (names, summaries, logs) is masked, and cannot be taken for Markdown."""
    root = next((alert for alert in alerts if alert.id == incident.root_id), None)
    sections = {
        "Summary": _summary(host, incident, now),
        "Impact": [_alert(alert, now) for alert in alerts],
        "Timeline": [f"- {entry.at:%Y-%m-%d %H:%M:%S} {entry.kind}: {_safe(entry.text)}" for entry in timeline],
        "Root cause": _root_cause(root, alerts),
        "What was done": _done(timeline),
        "What is open": _open(alerts),
    }
    lines = [f"# Incident {incident.id}: {_safe(incident.title)}"]
    for title, body in sections.items():
        lines += ["", f"## {title}", "", *body]
    return "\n".join(lines) + "\n"


def _summary(host: str, incident: Incident, now: datetime) -> list[str]:
    end = incident.closed_at or now
    state = f"closed {incident.closed_at:%Y-%m-%d %H:%M} UTC" if incident.closed_at else "open"
    return [
        *([f"- host: {_safe(host)}"] if host else []),
        f"- severity: {incident.severity}",
        f"- opened: {incident.opened_at:%Y-%m-%d %H:%M} UTC, {state}, {_span(end - incident.opened_at)}",
        f"- alerts: {incident.alerts}, still firing: {incident.firing}",
    ]


def _alert(alert: Alert, now: datetime) -> str:
    end = (alert.ends_at or alert.updated_at) if alert.state is AlertState.RESOLVED else now
    state = "resolved after" if alert.state is AlertState.RESOLVED else f"{alert.state} for"
    object_ = f"{alert.labels.get('alertname', '')} {alert.labels.get('object', '')}".strip() or "alert"
    return f"- {alert.severity}, {_safe(object_)}: {_safe(alert.summary)} ({state} {_span(end - alert.starts_at)})"


def _root_cause(root: Alert | None, alerts: Sequence[Alert]) -> list[str]:
    if root is None:
        return ["Not determined."]
    others = len(alerts) - 1
    more = f" {others} other alert{' is' if others == 1 else 's are'} part of this incident." if others else ""
    object_ = root.labels.get("object", "")
    what = f"{_safe(object_)}: {_safe(root.summary)}" if object_ else _safe(root.summary)
    return [f"Probably {what}.{more}"]


def _done(timeline: Sequence[Entry]) -> list[str]:
    done = [entry for entry in timeline if entry.kind in (Kind.ACTION, Kind.DECISION, Kind.NOTE)]
    return [f"- {entry.at:%Y-%m-%d %H:%M} {_safe(entry.text)}" for entry in done] or ["Nothing."]


def _open(alerts: Sequence[Alert]) -> list[str]:
    still = [alert for alert in alerts if alert.state is not AlertState.RESOLVED]
    return [*(f"- {_safe(alert.summary)}" for alert in still), *OPEN_QUESTIONS]


def _safe(text: str) -> str:
    line = " ".join(mask(text).split())
    line = line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
    return re.sub(r"([\\`*_\[\]<>|#~!&$])", r"\\\1", line)


def _span(span: timedelta) -> str:
    return ", ".join(_parts(int(span.total_seconds()))) or "0 s"


def _parts(seconds: int) -> Iterator[str]:
    """The two largest units."""
    shown = 0
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        count, seconds = divmod(seconds, size)
        if count and shown < 2:
            yield f"{count} {unit}"
        shown += bool(count or shown)
