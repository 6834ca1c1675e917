from __future__ import annotations

import asyncio

import pytest

from probed.channels.telegram_replies import MOST_WAITING, TelegramReplies
from probed.errors import ChannelError
from tests.channels.talking import logged

BUSY = ChannelError("too many", transient=True, retry_after_s=0.01)
BLOCKED = ChannelError("blocked", transient=False)


class Chat:
    """Fails as the test says, then takes what it is given."""

    def __init__(self, *errors: Exception) -> None:
        self.errors, self.said = list(errors), list[str]()
        self.opens = asyncio.Event()

    async def say(self, text: str) -> None:
        await self.opens.wait()
        if self.errors:
            raise self.errors.pop(0)
        self.said.append(text)


async def quiet(replies: TelegramReplies) -> None:
    await asyncio.wait(list(replies._waiting), timeout=60)


async def test_who_floods_one_chat_is_alone_with_it(lines: list[str]) -> None:
    replies, crowded, other = TelegramReplies(), Chat(), Chat()
    for number in range(MOST_WAITING + 5):
        replies.post(1, lambda number=number: crowded.say(str(number)))  # type: ignore[misc]
    replies.post(2, lambda: other.say("hello"))
    other.opens.set()
    while not other.said:  # noqa: ASYNC110  # it tells nobody
        await asyncio.sleep(0.01)
    assert other.said == ["hello"]
    assert crowded.said == []
    crowded.opens.set()
    await quiet(replies)

    assert crowded.said == [str(number) for number in range(MOST_WAITING)]
    assert logged(lines, "is left out") == 5


async def test_an_answer_is_tried_again_where_that_may_help_and_given_up_where_not(
    monkeypatch: pytest.MonkeyPatch, lines: list[str]
) -> None:
    monkeypatch.setattr("probed.channels.telegram_replies.RETRY_S", 0.01)
    replies, busy, blocked = TelegramReplies(), Chat(BUSY, BUSY), Chat(BLOCKED)
    replies.post(1, lambda: busy.say("late"))
    replies.post(2, lambda: blocked.say("never"))
    busy.opens.set()
    blocked.opens.set()
    await quiet(replies)

    assert (busy.said, blocked.said) == (["late"], [])
    assert logged(lines, "Telegram takes no answer: blocked") == 1


async def test_a_fault_of_ours_is_logged_and_holds_up_nothing(lines: list[str]) -> None:
    replies, broken = TelegramReplies(), Chat(RuntimeError("a fault"))
    replies.post(1, lambda: broken.say("first"))
    replies.post(1, lambda: broken.say("second"))
    broken.opens.set()
    await quiet(replies)

    assert broken.said == ["second"]
    assert logged(lines, "an answer for Telegram failed") == 1


async def test_at_the_end_nothing_goes_on() -> None:
    replies, chat = TelegramReplies(), Chat()
    replies.post(1, lambda: chat.say("x"))
    await replies.close()
    chat.opens.set()
    await asyncio.sleep(0)

    assert chat.said == []
