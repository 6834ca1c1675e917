"""A week in a few lines: what fired, what it was about, what was done, what is open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from probed.core.alert import Alert, AlertState
from probed.core.count import alerts_text
from probed.core.finding import Severity
from probed.core.phrases import say, word

MOST_NAMED = 5


def week_lines(alerts: Sequence[Alert], changes: int) -> tuple[str, ...]:
    """`alerts`: those that began in it. Empty where there is nothing to tell."""
    if not alerts and not changes:
        return ()
    counts = Counter(alert.severity for alert in alerts)
    severities = ", ".join(f"{counts[each]} {word(each)}" for each in reversed(Severity) if counts[each])
    began = alerts_text(len(alerts))
    lines = [f"{began}{f': {severities}' if severities else ''}", *_most_often(alerts), *_durations(alerts)]
    if changes:
        lines.append(_changes_line(changes, "cortexctl changes"))
    still = [alert for alert in alerts if alert.state is not AlertState.RESOLVED]
    lines += [_still_open(alert) for alert in still[:MOST_NAMED]]
    if len(still) > MOST_NAMED:
        lines.append(say("{count} more: {command}", count=len(still) - MOST_NAMED, command="cortexctl alerts"))
    return tuple(lines)


def _changes_line(count: int, command: str) -> str:
    if count == 1:
        return say("1 change made by Cortex: {command}", command=command)
    return say("{count} changes made by Cortex: {command}", count=count, command=command)


def _most_often(alerts: Sequence[Alert]) -> list[str]:
    names = Counter(f"{alert.labels.get('alertname', '')} {alert.labels.get('object', '')}".strip() for alert in alerts)
    found = [(name, count) for name, count in names.most_common(MOST_NAMED) if count > 1]
    return [say("{count} times {name}", count=count, name=name) for name, count in found]


def _durations(alerts: Sequence[Alert]) -> list[str]:
    over = [alert.ends_at - alert.starts_at for alert in alerts if alert.state is AlertState.RESOLVED and alert.ends_at]
    if not over:
        return []
    mean, longest = _words(sum(over, timedelta()) / len(over)), _words(max(over))
    return [say("over after {mean} on average, after {longest} at the longest", mean=mean, longest=longest)]


def _still_open(alert: Alert) -> str:
    since = f"{alert.starts_at:%Y-%m-%d %H:%M}"
    return say("still open since {time} UTC: {summary}", time=since, summary=alert.summary)


def _words(span: timedelta) -> str:
    minutes = span.total_seconds() / 60
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.0f} h"
