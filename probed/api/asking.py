"""The answer to a question as server-sent events: what happens, as it happens, until it has ended.

A client that goes away cancels the question.
"""

from __future__ import annotations

import asyncio

from starlette.types import Receive, Scope, Send

from probed.api.answers import to_json
from probed.api.mapping.question import event_of, question_shape
from probed.api.stream import HEADERS, HEARTBEAT_S
from probed.core.inquiry import Happening, Inquiry, Said
from probed.ports import Questions
from probed.wire.question import QuestionEvent


class AskingStream:
    def __init__(self, questions: Questions, inquiry: Inquiry) -> None:
        self._questions, self._inquiry = questions, inquiry
        self._news: list[Happening] = []
        self._has_news = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        work = asyncio.create_task(self._questions.answer(self._inquiry, self._hear))
        work.add_done_callback(lambda _: self._has_news.set())
        watch = asyncio.create_task(_watch(receive, work))
        try:
            await asyncio.sleep(0)  # it has begun: what is cancelled before that is never ended
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            await _write(send, QuestionEvent("asked", question_shape(self._inquiry)))
            await self._tell_all(send, work)
            await send({"type": "http.response.body", "body": b""})
        finally:
            watch.cancel()
            work.cancel()
            await asyncio.wait([work])

    def _hear(self, happening: Happening) -> None:
        """Words that nobody has read yet become one piece."""
        last = self._news[-1] if self._news else None
        if isinstance(last, Said) and isinstance(happening, Said):
            self._news[-1] = Said(last.text + happening.text)
        else:
            self._news.append(happening)
        self._has_news.set()

    async def _tell_all(self, send: Send, work: asyncio.Task[Inquiry]) -> None:
        while self._news or not work.done():
            if not await self._wait():
                await send({"type": "http.response.body", "body": b": it goes on\n\n", "more_body": True})
            news, self._news = self._news, []
            self._has_news.clear()
            for each in news:
                await _write(send, event_of(each))
        if not work.cancelled():
            await _write(send, QuestionEvent("ended", question_shape(work.result())))

    async def _wait(self) -> bool:
        try:
            async with asyncio.timeout(HEARTBEAT_S):
                return await self._has_news.wait()
        except TimeoutError:
            return False


async def _watch(receive: Receive, work: asyncio.Task[Inquiry]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    work.cancel()


async def _write(send: Send, event: QuestionEvent) -> None:
    content = b"data: %s\n\n" % to_json(QuestionEvent, event)
    await send({"type": "http.response.body", "body": content, "more_body": True})
