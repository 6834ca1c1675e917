"""Intents: an append-only, hash-chained record of what was decided or tried, by whom, and why."""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

GENESIS = "0" * 64


class IntentKind(enum.StrEnum):
    DECISION = "decision"
    """What was decided, and why."""
    BLOCKER = "blocker"
    """What stands in the way."""
    MILESTONE = "milestone"
    """What was reached."""
    NOTE = "note"
    AUDIT = "audit"
    """A change that somebody asked for."""


@dataclass(frozen=True, slots=True)
class Intent:
    number: int
    at: datetime
    kind: str
    """An `IntentKind`; anything else was not written by the monitor."""
    actor: str
    subject: str
    text: str
    previous: str
    hash: str
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IntentDraft:
    """What somebody wants to have written down; never of the kind `audit`."""

    kind: IntentKind
    text: str
    subject: str = ""


class Link(Protocol):
    """What the next intent follows: the one before it, or the checkpoint that stands for it."""

    @property
    def number(self) -> int: ...

    @property
    def hash(self) -> str: ...


def link(
    previous: Link | None,
    at: datetime,
    kind: str,
    actor: str,
    subject: str,
    text: str,
    detail: Mapping[str, object] | None = None,
) -> Intent:
    """The intent that follows `previous` in the chain."""
    number = previous.number + 1 if previous else 1
    before = previous.hash if previous else GENESIS
    content = dict(detail or {})
    digest = intent_hash(number, at, kind, actor, subject, text, before, content)
    return Intent(number, at, kind, actor, subject, text, before, digest, content)


def intent_hash(
    number: int,
    at: datetime,
    kind: str,
    actor: str,
    subject: str,
    text: str,
    previous: str,
    detail: Mapping[str, object],
) -> str:
    fields = [number, at.isoformat(), kind, actor, subject, text, previous, dict(detail)]
    return hashlib.sha256(json.dumps(fields, sort_keys=True, separators=(",", ":"), default=str).encode()).hexdigest()


def first_break(chain: Iterable[Intent], previous: Link | None = None) -> int | None:
    """The number at which the chain is broken (an edited row, or the row after a missing one); None if it is whole.

    `previous` stands before the first of `chain`: an intent or a checkpoint, None where it begins with the very first.
    """
    for intent in chain:
        expected = link(previous, intent.at, intent.kind, intent.actor, intent.subject, intent.text, intent.detail)
        if expected != intent:
            return intent.number
        previous = intent
    return None
