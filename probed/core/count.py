"""How many there are, in words: one is no plural."""

from __future__ import annotations

from probed.core.phrases import say


def alerts_text(count: int) -> str:
    return say("1 alert") if count == 1 else say("{count} alerts", count=count)


def open_alerts_text(count: int) -> str:
    return say("1 open alert") if count == 1 else say("{count} open alerts", count=count)


def waiting_decisions_text(count: int) -> str:
    return say("1 waiting decision") if count == 1 else say("{count} waiting decisions", count=count)


def events_text(count: int) -> str:
    return say("1 event") if count == 1 else say("{count} events", count=count)
