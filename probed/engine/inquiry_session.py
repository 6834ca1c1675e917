"""Sessions of questions: which one goes on, and what was said in it."""

from __future__ import annotations

from probed.core.inquiry import Inquiry, InquiryDraft, InquiryState
from probed.core.phrases import phrase
from probed.errors import NotFound
from probed.ports import Actor, Queries

MOST_EARLIER = 6
MOST_EARLIER_CHARACTERS = 12_000
"""Of the earlier questions of a session and their answers, as far as the model gets them."""


class InquirySessions:
    def __init__(self, queries: Queries) -> None:
        self._queries = queries

    async def earlier(self, draft: InquiryDraft, by: Actor) -> Inquiry | None:
        """A question of the session that goes on. Raises NotFound."""
        if draft.session:
            return await self._queries.inquiry(draft.session)
        if not draft.goes_on:
            return None
        newest = await self._queries.newest_inquiry_of(by.name)
        if newest is None:
            raise NotFound(phrase("there is no earlier question of yours to go on with"))
        return newest

    async def history(self, inquiry: Inquiry) -> tuple[tuple[str, str], ...]:
        """The newest questions of the session with their answers, as many as there is room for; the oldest first."""
        page = await self._queries.inquiries(MOST_EARLIER + 1, session=inquiry.session)
        answered = [each for each in page.items if each.state is InquiryState.ANSWERED]
        room, kept = MOST_EARLIER_CHARACTERS, list[tuple[str, str]]()
        for each in answered[:MOST_EARLIER]:
            room -= len(each.text) + len(each.answer)
            if room < 0:
                break
            kept.append((each.text, each.answer))
        return tuple(reversed(kept))
