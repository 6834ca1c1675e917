"""Questions and their answers, as they are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from probed.core.inquiry import Cited, Inquiry, InquiryState
from probed.core.transcript import TranscriptKind
from probed.errors import NotFound
from probed.monitor.retention import Lifetimes
from probed.monitor.sqlite import SqliteMonitor
from tests.factories import NOW

ASKED = Inquiry("q1", "q1", "why?", "uid:1000 ann", NOW, about="c1")
ANSWERED = replace(
    ASKED,
    state=InquiryState.ANSWERED,
    answer="A backup ran [e1].",
    evidence=(Cited("e1", "journal", {"minutes": 60}, "c0ffee", failed=False, is_cited=True),),
    unsupported=("e7",),
    model="claude-x",
    cost_usd=0.25,
    ended_at=NOW + timedelta(seconds=20),
)


async def keep(monitor: SqliteMonitor, *inquiries: Inquiry) -> None:
    async with monitor.transaction() as tx:
        for each in inquiries:
            await tx.inquiries.add(each)


async def test_a_question_is_read_back_as_it_was_answered(monitor: SqliteMonitor) -> None:
    await keep(monitor, ASKED)
    async with monitor.transaction() as tx:
        assert await tx.inquiries.unfinished() == [ASKED]
        await tx.inquiries.save(ANSWERED)
        assert await tx.inquiries.unfinished() == []

    assert await monitor.inquiry("q") == ANSWERED


async def test_questions_are_found_by_session_and_by_person(monitor: SqliteMonitor) -> None:
    other = replace(ASKED, id="q2", session="q2", by="uid:1001 bob")
    later = replace(ASKED, id="q3", text="and before?")
    await keep(monitor, ASKED, other, later)

    assert [each.id for each in (await monitor.inquiries(10)).items] == ["q3", "q2", "q1"]
    assert [each.id for each in (await monitor.inquiries(10, session="q1")).items] == ["q3", "q1"]
    assert await monitor.newest_inquiry_of("uid:1001 bob") == other
    assert await monitor.newest_inquiry_of("uid:0") is None


async def test_old_questions_go_with_what_was_said_and_what_is_under_way_stays(monitor: SqliteMonitor) -> None:
    old = NOW - timedelta(days=31)
    await keep(
        monitor, replace(ANSWERED, asked_at=old), replace(ASKED, id="q2", asked_at=old), replace(ANSWERED, id="q3")
    )
    await monitor.keep_transcript("q1", TranscriptKind.QUESTION, '{"type": "request"}')
    await monitor.keep_transcript("q1", TranscriptKind.EVIDENCE, '{"id": "e1"}\n')

    removed = await monitor.prune(NOW, Lifetimes(reports_s=30 * 86400.0, transcripts_s=365 * 86400.0))

    assert removed["inquiries"] == 1
    assert [each.id for each in (await monitor.inquiries(10)).items] == ["q3", "q2"]
    for reading in (monitor.transcript, monitor.evidence):
        with pytest.raises(NotFound):
            await reading("q1")
