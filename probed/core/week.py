"""A week in a few lines: what fired, what it was about, what was done, what is open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from probed.core.alert import Alert, AlertState
from probed.core.finding import Severity

MOST_NAMED = 5


def week_lines(alerts: Sequence[Alert], changes: int) -> tuple[str, ...]:
    """`alerts`: those that began in it. Empty where there is nothing to tell."""
    if not alerts and not changes:
        return ()
    counts = Counter(alert.severity for alert in alerts)
    severities = ", ".join(f"{counts[severity]} {severity}" for severity in reversed(Severity) if counts[severity])
    lines = [f"{len(alerts)} alerts{f': {severities}' if severities else ''}", *_most_often(alerts)]
    over = [alert.ends_at - alert.starts_at for alert in alerts if alert.state is AlertState.RESOLVED and alert.ends_at]
    if over:
        mean = sum(over, timedelta()) / len(over)
        lines.append(f"over after {_words(mean)} on average, after {_words(max(over))} at the longest")
    if changes:
        lines.append(f"{changes} changes made by Cortex: cortexctl changes")
    still = [alert for alert in alerts if alert.state is not AlertState.RESOLVED]
    lines += [f"still open since {alert.starts_at:%Y-%m-%d %H:%M} UTC: {alert.summary}" for alert in still[:MOST_NAMED]]
    if len(still) > MOST_NAMED:
        lines.append(f"{len(still) - MOST_NAMED} more are open: cortexctl alerts")
    return tuple(lines)


def _most_often(alerts: Sequence[Alert]) -> list[str]:
    names = Counter(f"{alert.labels.get('alertname', '')} {alert.labels.get('object', '')}".strip() for alert in alerts)
    return [f"{count} times {name}" for name, count in names.most_common(MOST_NAMED) if count > 1]


def _words(span: timedelta) -> str:
    minutes = span.total_seconds() / 60
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.0f} h"
