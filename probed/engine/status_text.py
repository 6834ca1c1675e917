"""The status as a few lines for a chat."""

from __future__ import annotations

from probed.engine.overview import Overview

MOST_ALERTS = 10


def status_text(overview: Overview) -> str:
    """The verdict, what is wrong, what waits for a person."""
    lines = [f"{overview.host}: {overview.verdict} (mode {overview.mode})"]
    lines += [f"{alert.severity}: {alert.summary}" for alert in overview.alerts[:MOST_ALERTS]]
    lines += [f"waits for you: {decision.call.key} ({decision.summary})" for decision in overview.decisions]
    left = len(overview.alerts) - MOST_ALERTS
    return "\n".join([*lines, f"{left} more alerts"] if left > 0 else lines)
