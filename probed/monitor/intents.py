"""Intents in the monitor: the hash chain."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from probed.core.intent import Intent, IntentKind, Link, link
from probed.monitor.cells import EPOCH, UNREADABLE, mapping, micros, moment, to_json
from probed.monitor.session import Row, Session
from probed.monitor.statements import insert_into, table

INTENTS = table("intents", "number at kind actor subject text previous hash detail")
INSERT = insert_into(INTENTS)
AFTER = "SELECT * FROM intents WHERE number > :number AND kind <> 'audit' ORDER BY number LIMIT :limit"
NEWEST = "SELECT * FROM intents WHERE number = (SELECT max(number) FROM intents)"


def to_row(intent: Intent) -> dict[str, object]:
    return {
        "number": intent.number,
        "at": micros(intent.at),
        "kind": intent.kind,
        "actor": intent.actor,
        "subject": intent.subject,
        "text": intent.text,
        "previous": intent.previous,
        "hash": intent.hash,
        "detail": to_json(intent.detail),
    }


def from_row(row: Row) -> Intent:
    """What can no longer be read is in any case not as it was written."""
    try:
        return _from_row(row)
    except UNREADABLE:
        return Intent(row["number"], EPOCH, "", "", "", "", "", "")


def _from_row(row: Row) -> Intent:
    return Intent(
        number=row["number"],
        at=moment(row["at"]),
        kind=row["kind"],
        actor=row["actor"],
        subject=row["subject"],
        text=row["text"],
        previous=row["previous"],
        hash=row["hash"],
        detail=mapping(row["detail"]),
    )


async def newest_intent(session: Session) -> Intent | None:
    row = await session.first(NEWEST)
    return None if row is None else from_row(row)


class IntentLedger:
    """Links the intents of one transaction; `flush` writes them all with one statement."""

    __slots__ = ("_added", "_now", "newest")

    def __init__(self, newest: Link | None, now: datetime) -> None:
        self.newest, self._now = newest, now
        self._added: list[Intent] = []

    async def append(
        self, kind: str, actor: str, subject: str, text: str, detail: Mapping[str, object] | None = None
    ) -> Intent:
        # The hash is made from what will be read back: JSON turns a number as a key, or a tuple, into something else.
        content = json.loads(to_json(detail)) if detail else None
        added = link(self.newest, self._now, IntentKind(kind), actor, subject, text, content)
        self._added.append(added)
        self.newest = added
        return added

    async def flush(self, session: Session) -> None:
        if self._added:
            await session.write_each(INSERT, [to_row(intent) for intent in self._added])
