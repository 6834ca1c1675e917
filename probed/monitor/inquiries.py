"""Questions of people and their answers, in the monitor."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from probed.core.inquiry import Cited, Inquiry, InquiryState
from probed.monitor.cells import micros, micros_or_none, moment, moment_or_none, texts, texts_to_json, to_json
from probed.monitor.session import Row, Session
from probed.monitor.statements import insert_into, select_from, table, upsert_into

INQUIRIES = table(
    "inquiries",
    "seq id session_id text asked_by asked_at state about answer reason evidence unsupported model cost_usd ended_at",
)
INSERT = insert_into(INQUIRIES)
SAVE = upsert_into(INQUIRIES, "id", fixed=frozenset({"session_id", "text", "asked_by", "asked_at", "about"}))
IS_UNANSWERED = "state = 'asked'"
UNFINISHED = select_from(INQUIRIES, IS_UNANSWERED, order="seq")
NEWEST_OF = select_from(INQUIRIES, "asked_by = :asked_by", order="seq DESC") + " LIMIT 1"


def to_row(inquiry: Inquiry) -> dict[str, object]:
    return {
        "id": inquiry.id,
        "session_id": inquiry.session,
        "text": inquiry.text,
        "asked_by": inquiry.by,
        "asked_at": micros(inquiry.asked_at),
        "state": inquiry.state.value,
        "about": inquiry.about,
        "answer": inquiry.answer,
        "reason": inquiry.reason,
        "evidence": to_json([asdict(each) for each in inquiry.evidence]),
        "unsupported": texts_to_json(inquiry.unsupported),
        "model": inquiry.model,
        "cost_usd": inquiry.cost_usd,
        "ended_at": micros_or_none(inquiry.ended_at),
    }


def from_row(row: Row) -> Inquiry:
    return Inquiry(
        id=row["id"],
        session=row["session_id"],
        text=row["text"],
        by=row["asked_by"],
        asked_at=moment(row["asked_at"]),
        state=InquiryState(row["state"]),
        about=row["about"],
        answer=row["answer"],
        reason=row["reason"],
        evidence=tuple(Cited(**each) for each in json.loads(row["evidence"])),
        unsupported=texts(row["unsupported"]),
        model=row["model"],
        cost_usd=row["cost_usd"],
        ended_at=moment_or_none(row["ended_at"]),
    )


class InquiryRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, inquiry: Inquiry) -> None:
        await self._session.write(INSERT, to_row(inquiry))

    async def save(self, inquiry: Inquiry) -> None:
        await self._session.write(SAVE, to_row(inquiry))

    async def unfinished(self) -> Sequence[Inquiry]:
        return [from_row(row) for row in await self._session.rows(UNFINISHED)]
