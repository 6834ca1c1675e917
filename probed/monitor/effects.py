"""Effects in the monitor: the queue of actions and the outbox of messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from probed.core.effect import AT_ONCE_TO_ONE, EffectKind, EffectState, MessageState, QueuedEffect
from probed.errors import NotFound
from probed.monitor.cells import mapping, micros, micros_or_none, moment, moment_or_none, to_json
from probed.monitor.session import Row, Session
from probed.monitor.statements import select_by, select_from, table, upsert_into

UNDONE = "state IN ('pending', 'started', 'in_doubt')"
UNDELIVERED = "kind = 'send' AND state IN ('pending', 'started', 'in_doubt')"
DELIVERED = "kind = 'send' AND state = 'done'"
REVERTS = "kind = 'roll_back' AND state IN ('pending', 'started', 'in_doubt')"
IS_MESSAGE = "kind = 'send'"
IS_DEAD = "state = 'dead'"


EFFECTS = table(
    "effects",
    "seq id kind subject recipient payload created_at due_at state attempts started_at ended_at note receipt lane",
)
UPSERT = upsert_into(EFFECTS, "id")
GET = select_by(EFFECTS, "id")
IN_ORDER = "+effects.seq"
"""The sign keeps SQLite from reading the whole table in that order; there is little to sort."""
STARTED = select_from(EFFECTS, UNDONE, "state = 'started'", order=IN_ORDER)
WAITS = "state <> 'started'"
DUE = select_from(EFFECTS, "kind = :kind", UNDONE, WAITS, "due_at <= :now", order="seq") + " LIMIT :limit"
POSTED_SINCE = """
SELECT count(*) AS posted FROM (
    SELECT 1 FROM effects WHERE kind = 'send' AND recipient = :recipient AND created_at > :since LIMIT :most
)
"""
HEADS = """
SELECT min(seq) FROM effects
WHERE kind = 'send' AND state IN ('pending', 'started', 'in_doubt') GROUP BY recipient, lane
"""
"""The oldest undelivered message of each lane of each recipient; one under way, or one that waits for its next attempt,
holds back the younger ones."""
DUE_MESSAGES = f"""
SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY recipient ORDER BY seq) AS place
    FROM effects WHERE seq IN ({HEADS}) AND state <> 'started' AND due_at <= :now
) WHERE place <= {AT_ONCE_TO_ONE} ORDER BY seq LIMIT :limit
"""  # noqa: S608 (no value from outside)
QUEUED = select_from(EFFECTS, "kind = 'send'", "recipient = :recipient", UNDONE, WAITS, order="seq") + " LIMIT :limit"
LAST_RECEIPT = (
    select_from(
        EFFECTS,
        "subject = :subject",
        "recipient = :recipient",
        DELIVERED,
        "receipt <> '{}'",
        order="seq DESC",
        what="receipt",
    )
    + " LIMIT 1"
)
IS_POSTED = f"""
SELECT 1 FROM effects WHERE {DELIVERED} AND subject = :subject
UNION ALL SELECT 1 FROM effects WHERE kind = 'send' AND {UNDONE} AND subject = :subject LIMIT 1
"""  # noqa: S608 (no value from outside)
ROLL_BACK_OF = select_from(EFFECTS, REVERTS, "subject = :subject")
SUBJECTS = "subject IN (SELECT value FROM json_each(:subjects))"
TOLD = f"""
SELECT subject, recipient FROM effects WHERE {DELIVERED} AND {SUBJECTS}
UNION SELECT subject, recipient FROM effects WHERE kind = 'send' AND {UNDONE} AND {SUBJECTS}
"""  # noqa: S608 (no value from outside)
UNDELIVERED_ABOUT = f"SELECT * FROM effects WHERE {UNDELIVERED} AND subject = :subject ORDER BY +seq"  # noqa: S608
HASTEN = f"""
UPDATE effects SET due_at = :now WHERE kind = 'send' AND {UNDONE} AND {WAITS} AND due_at > :now
"""  # noqa: S608 (no value from outside)
HASTEN_OF = f"{HASTEN} AND recipient = :recipient"
BURY_OLDEST = f"""
UPDATE effects SET state = 'dead', ended_at = :now, note = :reason WHERE seq IN (
    SELECT seq FROM effects WHERE kind = 'send' AND recipient = :recipient AND {UNDONE} AND {WAITS}
    ORDER BY seq DESC LIMIT -1 OFFSET :keep
)
"""  # noqa: S608 (no value from outside)


MESSAGES: Mapping[MessageState | None, str] = {
    None: "kind = 'send'",
    MessageState.PENDING: f"kind = 'send' AND {UNDONE}",
    MessageState.SENT: "kind = 'send' AND state = 'done'",
    MessageState.DEAD: "kind = 'send' AND state = 'dead'",
}
QUEUES = f"""
SELECT recipient, sum(state <> 'dead') AS pending, sum(state = 'dead') AS dead FROM (
    SELECT recipient, state FROM effects WHERE kind = 'send' AND {UNDONE}
    UNION ALL SELECT recipient, state FROM effects WHERE kind = 'send' AND state = 'dead'
) GROUP BY recipient
"""  # noqa: S608 (no value from outside)


def to_row(effect: QueuedEffect) -> dict[str, object]:
    return {
        "id": effect.id,
        "kind": effect.kind.value,
        "subject": effect.subject,
        "recipient": effect.recipient,
        "lane": effect.lane,
        "payload": to_json(effect.payload),
        "created_at": micros(effect.created_at),
        "due_at": micros(effect.due_at),
        "state": effect.state.value,
        "attempts": effect.attempts,
        "started_at": micros_or_none(effect.started_at),
        "ended_at": micros_or_none(effect.ended_at),
        "note": effect.note,
        "receipt": to_json(effect.receipt),
    }


def from_row(row: Row) -> QueuedEffect:
    return QueuedEffect(
        id=row["id"],
        kind=EffectKind(row["kind"]),
        subject=row["subject"],
        recipient=row["recipient"],
        lane=row["lane"],
        payload=mapping(row["payload"]),
        created_at=moment(row["created_at"]),
        due_at=moment(row["due_at"]),
        state=EffectState(row["state"]),
        attempts=row["attempts"],
        started_at=moment_or_none(row["started_at"]),
        ended_at=moment_or_none(row["ended_at"]),
        note=row["note"],
        receipt=mapping(row["receipt"]),
    )


class EffectRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, effect_id: str) -> QueuedEffect:
        row = await self._session.first(GET, {"id": effect_id})
        if row is None:
            raise NotFound(f"no effect {effect_id}")
        return from_row(row)

    async def save(self, effect: QueuedEffect) -> None:
        await self._session.write(UPSERT, to_row(effect))

    async def due(self, kind: EffectKind, now: datetime, limit: int) -> Sequence[QueuedEffect]:
        statement = DUE_MESSAGES if kind is EffectKind.SEND else DUE
        parameters = {"kind": kind.value, "now": micros(now), "limit": limit}
        return [from_row(row) for row in await self._session.rows(statement, parameters)]

    async def roll_back_of(self, change_id: str) -> QueuedEffect | None:
        row = await self._session.first(ROLL_BACK_OF, {"subject": change_id})
        return None if row is None else from_row(row)

    async def started(self) -> Sequence[QueuedEffect]:
        return [from_row(row) for row in await self._session.rows(STARTED)]

    async def queued_for(self, recipient: str, limit: int) -> Sequence[QueuedEffect]:
        rows = await self._session.rows(QUEUED, {"recipient": recipient, "limit": limit})
        return [from_row(row) for row in rows]

    async def hasten_messages(self, now: datetime, recipient: str | None = None) -> None:
        if recipient is None:
            await self._session.write(HASTEN, {"now": micros(now)})
        else:
            await self._session.write(HASTEN_OF, {"now": micros(now), "recipient": recipient})

    async def bury_oldest(self, recipient: str, keep: int, now: datetime, reason: str) -> int:
        parameters = {"recipient": recipient, "keep": keep, "now": micros(now), "reason": reason}
        return await self._session.run(BURY_OLDEST, parameters)

    async def is_posted(self, subject: str) -> bool:
        return await self._session.first(IS_POSTED, {"subject": subject}) is not None

    async def told(self, subject: str) -> Sequence[str]:
        return (await self.told_of([subject])).get(subject, ())

    async def told_of(self, subjects: Sequence[str]) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for row in await self._session.rows(TOLD, {"subjects": to_json(list(subjects))}):
            found.setdefault(row["subject"], []).append(row["recipient"])
        return found

    async def undelivered_about(self, subject: str) -> Sequence[QueuedEffect]:
        return [from_row(row) for row in await self._session.rows(UNDELIVERED_ABOUT, {"subject": subject})]

    async def last_receipt(self, subject: str, recipient: str) -> Mapping[str, object] | None:
        parameters = {"subject": subject, "recipient": recipient}
        row = await self._session.first(LAST_RECEIPT, parameters)
        return None if row is None else mapping(row["receipt"])

    async def posted_since(self, recipient: str, since: datetime, most: int) -> int:
        parameters = {"recipient": recipient, "since": micros(since), "most": most}
        row = await self._session.first(POSTED_SINCE, parameters)
        return 0 if row is None else int(row["posted"])
