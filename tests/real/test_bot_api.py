"""The Bot API server keeps Telegram's rules: asked by the real python-telegram-bot, so that a test which passes against
it says something about Telegram."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from telegram import Bot, ForceReply, InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from tests.real.bot_api import CHAT, TOKEN, USER, BotApi, Fault
from tests.real.bot_entities import BadMarkup, Entity, parse_html
from tests.real.bot_rules import Limits

UNLIMITED = Limits(chat_interval_s=0.0, group_per_min=10_000)
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _durations_as_timedelta(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@asynccontextmanager
async def bot_of(api: BotApi, token: str = TOKEN) -> AsyncIterator[Bot]:
    patient = {f"{what}_timeout": 60.0 for what in ("read", "write", "connect", "pool")}
    requests = [HTTPXRequest(**patient), HTTPXRequest(**patient)]  # type: ignore[arg-type]
    yield Bot(token, f"{api.url}/bot", request=requests[0], get_updates_request=requests[1])
    for request in requests:
        await request.shutdown()


def keyboard(data: str, label: str = "Yes") -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data=data)]])


# --- markup -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("markup", "text", "entities"),
    [
        ("plain", "plain", []),
        ("<b>a</b> <i>b</i>", "a b", [Entity("bold", 0, 1), Entity("italic", 2, 1)]),
        ("<b>a<code>b</code></b>", "ab", [Entity("bold", 0, 2), Entity("code", 1, 1)]),
        ("\U0001f600<B>x</B >", "\U0001f600x", [Entity("bold", 2, 1)]),
        ("<b></b>", "", []),
        ("<b>a</>", "a", [Entity("bold", 0, 1)]),
        ("&lt;&gt;&amp;&quot;&#65;&#x42;&copy;&", '<>&"AB&copy;&', []),
        ("1 > 0", "1 > 0", []),
        ('<a href="http://x/?a=1&amp;b">l</a>', "l", [Entity("text_link", 0, 1)]),
        ('<span class="tg-spoiler">s</span>', "s", [Entity("spoiler", 0, 1)]),
    ],
)
def test_markup_becomes_entities(markup: str, text: str, entities: list[Entity]) -> None:
    assert parse_html(markup) == (text, entities)


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("é<x>", 'Unsupported start tag "x" at byte offset 2'),
        ("1 < 2", "Unclosed start tag at byte offset 2"),
        ("1 < 2 > 1", 'Unsupported start tag "" at byte offset 2'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b>x", "Can't find end tag corresponding to start tag b"),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<b x>y</b>", 'Expected equal sign in declaration of an attribute of the tag "b" at byte offset 0'),
    ],
)
def test_bad_markup_is_refused_in_telegrams_words(markup: str, words: str) -> None:
    with pytest.raises(BadMarkup) as caught:
        parse_html(markup)

    assert str(caught.value) == words


async def test_bad_markup_reaches_the_client_as_a_bad_request() -> None:
    async with BotApi(limits=UNLIMITED) as api, bot_of(api) as bot:
        with pytest.raises(BadRequest, match='Can\'t parse entities: unsupported start tag "my_tag"'):
            await bot.send_message(CHAT, "<my_tag>", parse_mode="HTML")


# --- sizes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "fits"), [("x" * 4096, True), ("x" * 4097, False), ("\U0001f600" * 2049, False)])
async def test_a_message_has_at_most_4096_units(text: str, fits: bool) -> None:
    async with BotApi(limits=UNLIMITED) as api, bot_of(api) as bot:
        if fits:
            await bot.send_message(CHAT, text)
        else:
            with pytest.raises(BadRequest, match="Message is too long"):
                await bot.send_message(CHAT, text)


async def test_markup_does_not_count() -> None:
    async with BotApi(limits=UNLIMITED) as api, bot_of(api) as bot:
        await bot.send_message(CHAT, f"<b>{'&amp;' * 4096}</b>", parse_mode="HTML")

    assert api.messages[0].text == "&" * 4096


async def test_a_message_has_at_most_100_entities() -> None:
    async with BotApi(limits=UNLIMITED) as api, bot_of(api) as bot:
        await bot.send_message(CHAT, "<b>x</b> " * 100, parse_mode="HTML")
        with pytest.raises(BadRequest, match=r"(?i)entities_too_long"):
            await bot.send_message(CHAT, "<b>x</b> " * 101, parse_mode="HTML")


@pytest.mark.parametrize("text", ["", "  \n ", "<b></b>"])
async def test_an_empty_message_is_refused(text: str) -> None:
    async with BotApi(limits=UNLIMITED) as api, bot_of(api) as bot:
        with pytest.raises(BadRequest, match="Message text is empty"):
            await bot.send_message(CHAT, text, parse_mode="HTML")


@pytest.mark.parametrize(("data", "fits"), [("x" * 64, True), ("é" * 32, True), ("é" * 33, False), ("", False)])
async def test_a_buttons_data_has_1_to_64_bytes(data: str, fits: bool) -> None:
    async with BotApi(limits=UNLIMITED) as api, bot_of(api) as bot:
        sending = bot.send_message(CHAT, "x", reply_markup=keyboard(data))
        if fits:
            await sending
        else:
            with pytest.raises(BadRequest, match=r"(?i)button_data_invalid"):
                await sending


async def test_control_characters_become_spaces() -> None:
    async with BotApi(limits=UNLIMITED) as api, bot_of(api) as bot:
        await bot.send_message(CHAT, "a\x00b\tc\r\nd ")

    assert api.messages[0].text == "a b c\nd"


# --- edits, replies, files --------------------------------------------------------------------------------------------


async def test_an_edit_that_changes_nothing_is_refused() -> None:
    async with BotApi(limits=UNLIMITED) as api, bot_of(api) as bot:
        sent = await bot.send_message(CHAT, "x", reply_markup=keyboard("a"))
        with pytest.raises(BadRequest, match="Message is not modified"):
            await bot.edit_message_text("x", CHAT, sent.message_id, reply_markup=keyboard("a"))
        await bot.edit_message_text("x", CHAT, sent.message_id)
        with pytest.raises(BadRequest, match="Message is not modified"):
            await bot.edit_message_reply_markup(CHAT, sent.message_id)

    assert api.messages[0].edits == 1
    assert api.messages[0].buttons == []


async def test_a_deleted_message_cannot_be_edited_or_replied_to() -> None:
    async with BotApi(limits=UNLIMITED) as api, bot_of(api) as bot:
        sent = await bot.send_message(CHAT, "x")
        api.world.delete(api.messages[0])
        with pytest.raises(BadRequest, match="Message to edit not found"):
            await bot.edit_message_text("y", CHAT, sent.message_id)
        with pytest.raises(BadRequest, match="Message to be replied not found"):
            await bot.send_message(CHAT, "y", reply_parameters=ReplyParameters(sent.message_id))


async def test_a_document_is_kept() -> None:
    async with BotApi(limits=UNLIMITED) as api, bot_of(api) as bot:
        await bot.send_document(CHAT, "größer\r\nx\n".encode(), filename="a.txt", caption="<b>c</b>", parse_mode="HTML")

    [message] = api.messages
    assert (message.document, message.filename, message.text) == ("größer\r\nx\n", "a.txt", "c")


# --- limits -----------------------------------------------------------------------------------------------------------


async def test_a_chat_takes_a_message_a_second() -> None:
    async with BotApi(limits=Limits(chat_interval_s=3.0)) as api, bot_of(api) as bot:
        await bot.send_message(CHAT, "1")
        with pytest.raises(RetryAfter) as caught:
            await bot.send_message(CHAT, "2")
        await asyncio.sleep(3.05)
        await bot.send_message(CHAT, "3")

    assert Limits().chat_interval_s == 1.0
    assert caught.value._retry_after.total_seconds() == 3
    assert [message.text for message in api.messages] == ["1", "3"]


async def test_a_group_takes_twenty_messages_a_minute() -> None:
    limits = Limits(chat_interval_s=0.0)
    async with BotApi(chats=frozenset({-5}), limits=limits) as api, bot_of(api) as bot:
        for number in range(20):
            await bot.send_message(-5, str(number))
        with pytest.raises(RetryAfter) as caught:
            await bot.send_message(-5, "one too many")

    assert 55 <= caught.value._retry_after.total_seconds() <= 61


async def test_all_chats_together_take_thirty_messages_a_second() -> None:
    limits = Limits(chat_interval_s=0.0, overall_per_s=3)
    async with BotApi(chats=frozenset({1, 2, 3, 4}), limits=limits) as api, bot_of(api) as bot:
        for chat in (1, 2, 3):
            await bot.send_message(chat, "x")
        with pytest.raises(RetryAfter):
            await bot.send_message(4, "x")


# --- who and where ----------------------------------------------------------------------------------------------------


async def test_a_wrong_token_an_unknown_chat_and_a_blocked_bot_are_refused() -> None:
    async with BotApi(chats=frozenset({CHAT, 5}), limits=UNLIMITED) as api, bot_of(api) as bot:
        api.world.blocked.add(5)
        with pytest.raises(BadRequest, match="Chat not found"):
            await bot.send_message(99, "x")
        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await bot.send_message(5, "x")
        async with bot_of(api, "1:x") as other:
            with pytest.raises(InvalidToken, match="Unauthorized"):
                await other.get_me()


async def test_a_group_that_moved_says_where_to() -> None:
    async with BotApi(chats=frozenset({-5, -1005}), limits=UNLIMITED) as api, bot_of(api) as bot:
        api.world.moved[-5] = -1005
        with pytest.raises(ChatMigrated) as caught:
            await bot.send_message(-5, "x")

    assert caught.value.new_chat_id == -1005


# --- updates ----------------------------------------------------------------------------------------------------------


async def test_updates_come_until_they_are_confirmed() -> None:
    async with BotApi(limits=UNLIMITED) as api, bot_of(api) as bot:
        await bot.send_message(CHAT, "x", reply_markup=keyboard("approve:1"))
        api.press(api.messages[0], "Yes")
        api.say("/status")
        first = await bot.get_updates()
        again = await bot.get_updates()
        rest = await bot.get_updates(offset=first[0].update_id + 1)
        none = await bot.get_updates(offset=first[1].update_id + 1)

    assert [update.update_id for update in first] == [update.update_id for update in again]
    assert first[0].callback_query
    assert (first[0].callback_query.data, first[0].callback_query.from_user.id) == ("approve:1", USER)
    assert [update.message.text for update in rest if update.message] == ["/status"]
    assert none == ()


async def test_only_what_is_asked_for_comes_and_at_most_so_many_at_once() -> None:
    async with BotApi(limits=UNLIMITED) as api, bot_of(api) as bot:
        api.say("before there is a list", kind="edited_message")
        await bot.get_updates(allowed_updates=["message"])
        api.say("edited", kind="edited_message")
        for number in range(120):
            api.say(str(number))
        first = await bot.get_updates()
        two = await bot.get_updates(limit=2)
        last = await bot.get_updates(offset=-1)

    assert first[0].edited_message
    assert [len(first), len(two), len(last)] == [100, 2, 1]
    assert last[0].message
    assert last[0].message.text == "119"


async def test_a_message_stands_in_the_topic_that_it_names() -> None:
    forum = -1001234567890
    async with BotApi(chats=frozenset({forum}), limits=UNLIMITED) as api, bot_of(api) as bot:
        api.world.topics[forum] = {77}
        sent = await bot.send_message(forum, "x", message_thread_id=77)
        await bot.send_message(forum, "y", reply_parameters=ReplyParameters(sent.message_id))
        with pytest.raises(BadRequest, match="Message thread not found"):
            await bot.send_message(forum, "z", message_thread_id=78)

    assert sent.is_topic_message
    assert [message.thread_id for message in api.messages] == [77, None]


async def test_a_chat_may_take_no_files_and_a_channel_no_questions() -> None:
    async with BotApi(limits=UNLIMITED) as api, bot_of(api) as bot:
        api.world.without_documents.add(CHAT)
        with pytest.raises(BadRequest, match="Not enough rights to send documents to the chat"):
            await bot.send_document(CHAT, b"x", filename="a.txt")
        await bot.send_message(CHAT, "x", reply_markup=ForceReply(input_field_placeholder="y" * 64))
        with pytest.raises(BadRequest, match="placeholder is too long"):
            await bot.send_message(CHAT, "x", reply_markup=ForceReply(input_field_placeholder="y" * 65))
        api.world.channels.add(CHAT)
        with pytest.raises(BadRequest, match="Inline keyboard expected"):
            await bot.send_message(CHAT, "x", reply_markup=ForceReply())


@pytest.mark.alone
async def test_a_long_poll_waits_for_what_comes() -> None:
    async with BotApi(limits=UNLIMITED) as api, bot_of(api) as bot:
        began = time.monotonic()
        polling = asyncio.create_task(bot.get_updates(timeout=50))
        await api.until(lambda: api.polls)
        api.say("hello")
        [update] = await polling
        empty = await bot.get_updates(offset=update.update_id + 1, timeout=0)

    assert update.message
    assert update.message.text == "hello"
    assert empty == ()
    assert time.monotonic() - began < 40


async def test_a_second_poll_ends_the_first() -> None:
    async with BotApi() as api, bot_of(api) as one, bot_of(api) as two:
        polling = asyncio.create_task(one.get_updates(timeout=50))
        await api.until(lambda: api.polls)
        await two.get_updates(timeout=0)
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await polling


async def test_with_a_web_hook_there_are_no_updates() -> None:
    async with BotApi() as api, bot_of(api) as bot:
        api.world.webhook = True
        with pytest.raises(Conflict, match="webhook is active"):
            await bot.get_updates()
        await bot.delete_webhook()
        assert await bot.get_updates() == ()


async def test_a_touched_button_is_answered_once() -> None:
    async with BotApi(limits=UNLIMITED) as api, bot_of(api) as bot:
        await bot.send_message(CHAT, "x", reply_markup=keyboard("a"))
        api.press(api.messages[0], "Yes")
        [update] = await bot.get_updates()
        assert update.callback_query
        with pytest.raises(BadRequest, match=r"(?i)message_too_long"):
            await bot.answer_callback_query(update.callback_query.id, "x" * 201)
        await bot.answer_callback_query(update.callback_query.id, "done")
        with pytest.raises(BadRequest, match="Query is too old"):
            await bot.answer_callback_query(update.callback_query.id, "done")

    assert [answer["text"] for answer in api.world.answers] == ["done"]


# --- faults -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "error", "arrived"),
    [(Fault.ERROR, NetworkError, 0), (Fault.HANG, TimedOut, 0), (Fault.MUTE, TimedOut, 1)],
)
async def test_faults(fault: Fault, error: type[TelegramError], arrived: int) -> None:
    async with BotApi(limits=UNLIMITED) as api, bot_of(api) as bot:
        api.fault = fault
        with pytest.raises(error):
            await bot.send_message(CHAT, "x")
        assert len(api.messages) == arrived
        api.fault = Fault.NONE
        await bot.send_message(CHAT, "x")


async def test_an_outage_refuses_connections_and_ends_on_the_same_port() -> None:
    async with BotApi(limits=UNLIMITED) as api, bot_of(api) as bot:
        await bot.send_message(CHAT, "x")
        url = api.url
        await api.refuse()
        with pytest.raises(NetworkError, match="ConnectError"):
            await bot.send_message(CHAT, "x")
        await api.listen()
        await bot.send_message(CHAT, "x")

    assert api.url == url
    assert len(api.messages) == 2


# --- as a program -----------------------------------------------------------------------------------------------------


def test_as_a_program_it_logs_what_it_accepts_and_takes_orders(tmp_path: Path) -> None:
    log = tmp_path / "bot.log"
    command = [sys.executable, "-m", "tests.real.bot_api", "--log", str(log), "--chat", "9", "--chat-interval", "0"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ, cwd=tmp_path) as server:
        assert server.stdout
        url = server.stdout.readline().strip()
        try:
            with httpx.Client(base_url=url, trust_env=False) as client:
                _drive(client)
        finally:
            server.terminate()
            assert server.wait(10) == 0

    accepted = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(entry["method"], entry["params"]["text"]) for entry in accepted] == [("sendMessage", "hello")]


def _drive(client: httpx.Client) -> None:
    markup = json.dumps({"inline_keyboard": [[{"text": "Yes", "callback_data": "approve:1"}]]})
    sent = client.post(f"/bot{TOKEN}/sendMessage", data={"chat_id": "9", "text": "hello", "reply_markup": markup})
    refused = client.post(f"/bot{TOKEN}/sendMessage", data={"chat_id": "8", "text": "hello"})
    number = sent.json()["result"]["message_id"]
    client.post("/control/press", data={"message_id": number, "label": "Yes", "user": "5"})
    [update] = client.post(f"/bot{TOKEN}/getUpdates").json()["result"]
    client.post("/control/fault", data={"fault": "error"})
    broken = client.post(f"/bot{TOKEN}/getMe")
    messages = client.get("/control/messages").json()["result"]

    assert (refused.status_code, broken.status_code) == (400, 502)
    assert update["callback_query"]["from"]["id"] == 5
    assert [message["text"] for message in messages] == ["hello"]
