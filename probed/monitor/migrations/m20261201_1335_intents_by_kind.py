"""Intents are listed by kind: a blocker is seldom."""

from __future__ import annotations

STATEMENTS = ("CREATE INDEX intents_by_kind ON intents (kind, number)",)
