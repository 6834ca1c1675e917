"""Checkpoints in the monitor: what stands for the part of the record of intents that was cut."""

from __future__ import annotations

from collections.abc import Sequence

from probed.core.checkpoint import Checkpoint
from probed.core.intent import Link
from probed.monitor.cells import EPOCH, UNREADABLE, mapping, micros, moment, to_json
from probed.monitor.intents import newest_intent
from probed.monitor.session import Row, Session
from probed.monitor.statements import insert_into, table

CHECKPOINTS = table("checkpoints", "number hash at first_at last_at counts previous key signature")
INSERT = insert_into(CHECKPOINTS)
TEXTS = ("hash", "previous", "key", "signature")
NEWEST = "SELECT * FROM checkpoints ORDER BY number DESC LIMIT 1"
ALL = "SELECT * FROM checkpoints ORDER BY number"
IS_IN_THE_RECORD = "number > coalesce((SELECT max(checkpoints.number) FROM checkpoints), 0)"
"""Of intents: no checkpoint stands for it."""
OLDEST_INTENT = f"SELECT * FROM intents WHERE {IS_IN_THE_RECORD} ORDER BY number LIMIT 1"  # noqa: S608 (our own text)


def to_row(checkpoint: Checkpoint) -> dict[str, object]:
    return {
        "number": checkpoint.number,
        "hash": checkpoint.hash,
        "at": micros(checkpoint.at),
        "first_at": micros(checkpoint.first_at),
        "last_at": micros(checkpoint.last_at),
        "counts": to_json(checkpoint.counts),
        "previous": checkpoint.previous,
        "key": checkpoint.key,
        "signature": checkpoint.signature,
    }


def from_row(row: Row) -> Checkpoint:
    """One that can no longer be read bears no signature."""
    try:
        return _from_row(row)
    except UNREADABLE:
        return Checkpoint(row["number"], "", EPOCH, EPOCH, EPOCH, {}, "", "")


def _from_row(row: Row) -> Checkpoint:
    if not all(isinstance(row[name], str) for name in TEXTS):
        raise TypeError("no text")
    return Checkpoint(
        number=row["number"],
        hash=row["hash"],
        at=moment(row["at"]),
        first_at=moment(row["first_at"]),
        last_at=moment(row["last_at"]),
        counts=mapping(row["counts"]),
        previous=row["previous"],
        key=row["key"],
        signature=row["signature"],
    )


async def all_checkpoints(session: Session) -> Sequence[Checkpoint]:
    """The oldest first."""
    return [from_row(row) for row in await session.rows(ALL)]


async def newest_link(session: Session) -> Link | None:
    """What the next intent follows: no number is given twice, whatever became of those after the newest checkpoint."""
    intent, row = await newest_intent(session), await session.first(NEWEST)
    return from_row(row) if row and (intent is None or intent.number < row["number"]) else intent
