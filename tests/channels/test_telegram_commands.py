"""Commands, through a server that keeps Telegram's rules and the real python-telegram-bot."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from probed.channels.telegram import build_telegram
from probed.core.card import CardKind
from probed.core.chat import ChatMember
from probed.errors import NotFound
from probed.ports import Actor
from tests.channels.cards import ID, UNLIMITED, make_card, make_settings, nobody, pairing_book
from tests.channels.talking import STRANGER, ScriptedOperator, audited, listening, logged, server
from tests.factories import NOW
from tests.real.bot_api import CHAT, BotApi
from tests.real.bot_rules import ANONYMOUS, ApiError

ROOT = Actor("uid:0 root")
GROUP = -500
FORUM = -1001234567890


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("/status", "warning <2 alerts>"),
        ("/status@cortex_test_bot", "warning <2 alerts>"),
        ("/STATUS now", "warning <2 alerts>"),
        ("/alerts", "alerts from the first on"),
        ("/decisions", "decisions from the first on"),
        ("/runs", "runs from the newest on"),
    ],
)
async def test_a_question_is_answered(tmp_path: Path, command: str, answer: str) -> None:
    async with server() as api, listening(api, tmp_path, ScriptedOperator()):
        api.say(command)
        [message] = await api.sent(1)

    assert message.text == f"host_a\n{answer}"


@pytest.mark.parametrize("command", ["/help", "/start"])
async def test_help_names_every_command(tmp_path: Path, command: str) -> None:
    async with server() as api, listening(api, tmp_path, ScriptedOperator()):
        api.say(command)
        [message] = await api.sent(1)

    assert [line.split()[0] for line in message.text.splitlines()] == [
        "/status", "/alerts", "/decisions", "/runs", "/ask", "/silence", "/run", "/help",
    ]  # fmt: skip


async def test_telegrams_menu_has_the_commands(tmp_path: Path) -> None:
    async with server() as api, listening(api, tmp_path, ScriptedOperator()):
        api.say("/help")
        await api.until(lambda: api.world.commands)

    assert list(api.world.commands) == ["status", "alerts", "decisions", "runs", "ask", "silence", "run", "help"]


async def test_an_alert_is_silenced_for_a_time_with_a_comment(tmp_path: Path) -> None:
    operator = ScriptedOperator()
    async with server() as api, listening(api, tmp_path, operator):
        api.say("/silence 01jd5x8m 8h during the backup")
        [message] = await api.sent(1)

    assert operator.calls == [("silence", "01jd5x8m", "28800.0", "during the backup")]
    assert operator.by[0].telegram_id == 7
    assert message.text == "silenced for 8h"


@pytest.mark.parametrize(
    "words", ["", "01jd5x8m", "01jd5x8m soon", "01jd5x8m 0h", "01jd5x8m 99d", "x -1h", "x 1\u0661h"]
)
async def test_a_silence_that_is_not_understood_says_how(tmp_path: Path, words: str) -> None:
    operator = ScriptedOperator()
    async with server() as api, listening(api, tmp_path, operator):
        api.say(f"/silence {words}")
        [message] = await api.sent(1)

    assert operator.calls == []
    assert "/silence ID 8h" in message.text


async def test_an_inspection_is_run(tmp_path: Path) -> None:
    operator = ScriptedOperator()
    async with server() as api, listening(api, tmp_path, operator):
        api.say("/run disks")
        [message] = await api.sent(1)

    assert operator.calls == [("run", "disks")]
    assert message.text == "disks is inspected; what came of it: /runs"


@pytest.mark.parametrize(
    ("command", "error", "answer"),
    [
        ("/run", None, "say which inspection, as in: /run disks"),
        ("/run nope", NotFound("there is no inspection nope"), "there is no inspection nope"),
        ("/silence nope 1h", NotFound("there is no alert nope"), "there is no alert nope"),
    ],
)
async def test_a_wrong_command_is_answered_with_the_reason(
    tmp_path: Path, command: str, error: NotFound | None, answer: str
) -> None:
    async with server() as api, listening(api, tmp_path, ScriptedOperator(error)):
        api.say(command)
        [message] = await api.sent(1)

    assert message.text == answer


async def test_a_reason_that_is_too_long_for_a_message_is_cut(tmp_path: Path) -> None:
    async with server() as api, listening(api, tmp_path, ScriptedOperator(NotFound("\U0001f600" * 4000))):
        api.say("/run x")
        [message] = await api.sent(1)

    assert message.text == "\U0001f600" * 2048


@pytest.mark.parametrize("command", ["/status", "/run disks", "/pair ABCD2345"])
async def test_a_command_for_another_bot_is_left_alone(tmp_path: Path, command: str) -> None:
    operator = ScriptedOperator()
    name, _, rest = command.partition(" ")
    async with server() as api, listening(api, tmp_path, operator):
        api.say(f"{name}@web2_cortex_bot {rest}")
        api.say("/help@Cortex_Test_Bot")
        await api.sent(1)

    assert operator.calls == []
    assert [message.text.split()[0] for message in api.messages] == ["/status"]


async def test_an_answer_stands_in_the_topic_where_it_was_asked_for(tmp_path: Path) -> None:
    api = BotApi(chats=frozenset({FORUM}), limits=UNLIMITED)
    api.world.topics[FORUM] = {77}
    async with api, listening(api, tmp_path, ScriptedOperator(), chat_id=FORUM):
        for command in ("/status", "/run disks", "/alerts"):
            api.say(command, chat=FORUM, thread=77)
        await api.sent(3)
        api.press(api.messages[2], "More")
        await api.sent(4)
        api.say("/status", chat=FORUM)
        await api.sent(5)

    assert [message.thread_id for message in api.messages] == [77, 77, 77, 77, None]


async def test_an_answer_that_telegram_does_not_take_yet_arrives_later_and_in_order(tmp_path: Path) -> None:
    operator = ScriptedOperator()
    async with BotApi() as api, listening(api, tmp_path, operator) as channel:
        with suppress(ApiError):
            api.world.hold(CHAT, 2.0)
        for command in ("/status", "/alerts", "/run disks"):
            api.say(command)
        await api.until(lambda: operator.calls)
        taken_in_after = len(api.messages)
        channel.connection.pace.hold(1.0)
        await api.sent(3, within_s=20)

    assert taken_in_after == 0  # no command waits for the answer to the one before
    assert [message.text.splitlines()[-1] for message in api.messages] == [
        "warning <2 alerts>",
        "alerts from the first on",
        "disks is inspected; what came of it: /runs",
    ]
    assert any(refusal.status == 429 for refusal in api.refused)


@pytest.mark.parametrize("kind", ["edited_message", "channel_post", "edited_channel_post"])
async def test_what_is_edited_or_posted_by_a_channel_is_no_command(tmp_path: Path, kind: str) -> None:
    operator = ScriptedOperator()
    async with server() as api, listening(api, tmp_path, operator):
        await api.until(lambda: api.polls)
        api.say("/run disks", kind=kind)
        api.say("/status")
        await api.sent(1)

    assert operator.calls == []


async def test_what_is_no_command_is_left_alone(tmp_path: Path) -> None:
    async with server() as api, listening(api, tmp_path, ScriptedOperator()):
        api.say("good morning")
        api.say("/unknown")
        api.say("/")
        api.say("/status")
        await api.sent(1)

    assert len(api.messages) == 1


async def test_strangers_are_turned_away_once_and_not_flooded(tmp_path: Path, lines: list[str]) -> None:
    operator = ScriptedOperator()
    async with server() as api, listening(api, tmp_path, operator):
        for command in ("/status", "/run disks", "/silence x 1h", "/status", "/status"):
            api.say(command, user=STRANGER)
        api.say("/status")
        await api.sent(2)

    assert operator.calls == []
    assert [message.text for message in api.messages] == [
        "not allowed; to be paired: /pair CODE",
        "host_a\nwarning <2 alerts>",
    ]
    assert logged(lines, "in vain: a command") == 1


async def test_an_allowed_user_in_another_chat_is_turned_away(tmp_path: Path) -> None:
    api = BotApi(chats=frozenset({CHAT, 12}), limits=UNLIMITED)
    async with api, listening(api, tmp_path, ScriptedOperator()):
        api.say("/status", chat=12)
        [message] = await api.sent(1)

    assert (message.chat_id, message.text) == (12, "not allowed; to be paired: /pair CODE")


async def test_a_chat_is_answered_in_the_daemons_language(tmp_path: Path, chinese: None) -> None:
    async with server() as api, listening(api, tmp_path, ScriptedOperator()) as channel:
        await channel.send(make_card(kind=CardKind.DECISION), ID, repeated=True, earlier=None)
        api.say("/help")
        api.say("/run disks")
        await api.sent(3)
        await api.until(lambda: api.world.commands)

    assert api.messages[0].text.startswith("\U0001f534 host_a · 严重 · 决策 · #9aq7zt (重发)")
    assert api.messages[1].text.startswith("/status - 主机状态")
    assert api.messages[2].text == "正在巡检 disks；结果见 /runs"
    assert api.world.commands["run"] == "立即巡检：/run INSPECTION"


# --- pairing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["/pair {}", "/start {}", "/pair@cortex_test_bot {}"])
async def test_a_code_pairs_and_messages_arrive_there(tmp_path: Path, form: str) -> None:
    async with (
        server() as api,
        pairing_book(tmp_path) as book,
        listening(api, tmp_path, ScriptedOperator(), pairings=book, chat_id=None, allowed_users=()) as channel,
    ):
        shown = await book.show_code(ROOT)
        api.say("/status")
        api.say(form.format(f"{shown.code[:4].lower()} {shown.code[4:]}"))
        await api.sent(2)
        api.say("/status")
        await api.sent(3)
        await channel.send(make_card(), ID, repeated=False, earlier=None)

    assert [message.text.splitlines()[0] for message in api.messages] == [
        "not allowed; to be paired: /pair CODE",
        "paired: Ann may act here; /help",
        "host_a",
        "\U0001f534 host_a · critical · #9aq7zt",
    ]
    assert {message.chat_id for message in api.messages} == {CHAT}


async def test_several_chats_and_people_are_paired_and_each_chat_is_a_recipient(tmp_path: Path) -> None:
    api = BotApi(chats=frozenset({CHAT, GROUP}), limits=UNLIMITED)
    async with (
        api,
        pairing_book(tmp_path) as book,
        listening(api, tmp_path, ScriptedOperator(), pairings=book) as channel,
    ):
        for number, user in enumerate((8, 9), 1):
            shown = await book.show_code(ROOT)
            api.say(f"/pair {shown.code}", chat=GROUP, user=user, name=f"u{user}")
            await api.sent(number)
        assert channel.recipients() == ("telegram", "telegram@-500")
        branch = channel.branch("telegram@-500")
        assert branch
        await branch.send(make_card(), ID, repeated=False, earlier=None)
        for user in (8, 9, 10):
            api.say("/status", chat=GROUP, user=user)
        await api.sent(6)
        await book.unpair(GROUP, 8, ROOT)
        assert channel.branch("telegram@-500")
        await book.unpair(GROUP, 9, ROOT)
        assert channel.branch("telegram@-500") is None
        assert channel.recipients() == ("telegram",)

    assert [(member.user_id, member.chat_name) for member in book.members] == []
    assert [message.chat_id for message in api.messages] == [GROUP] * 6
    assert [message.text for message in api.messages[3:]] == [
        "host_a\nwarning <2 alerts>",
        "host_a\nwarning <2 alerts>",
        "not allowed; to be paired: /pair CODE",
    ]


@pytest.mark.parametrize("recipient", ["telegram@12", "telegram@", "telegram@x", "other@4242", "telegram"])
async def test_there_is_no_branch_to_any_other_place(tmp_path: Path, recipient: str) -> None:
    async with server() as api, listening(api, tmp_path, ScriptedOperator()) as channel:
        assert channel.branch(recipient) is None


async def test_a_wrong_code_is_refused_and_tries_are_not_answered_in_a_row(tmp_path: Path) -> None:
    async with (
        server() as api,
        pairing_book(tmp_path) as book,
        listening(api, tmp_path, ScriptedOperator(), pairings=book),
    ):
        shown = await book.show_code(ROOT)
        api.say("/pair WRONGONE", user=STRANGER, name="Eve")
        await api.sent(1)
        api.say(f"/pair {shown.code}", user=STRANGER, name="Eve")
        api.say("/status")
        await api.sent(2)
        assert book.members == []

    assert [message.text.splitlines()[0] for message in api.messages] == [
        "this code is not good (any more); for another one type: cortexctl telegram pair",
        "host_a",
    ]
    assert "telegram:666 Eve: typed a wrong pairing code in chat 4242" in await audited(tmp_path)


async def test_pair_without_a_code_says_where_it_comes_from(tmp_path: Path) -> None:
    async with server() as api, listening(api, tmp_path, ScriptedOperator()):
        api.say("/pair", user=STRANGER)
        [message] = await api.sent(1)

    assert "cortexctl telegram pair" in message.text


def test_a_chat_has_the_recipient_that_its_messages_are_for(tmp_path: Path) -> None:
    book = nobody()
    book.moves = {-77: -1077}
    book.members = [ChatMember(chat, 8, "", "Bob", NOW, "uid:0 root") for chat in (CHAT, -1077)]
    channel = build_telegram(make_settings("http://127.0.0.1:9", tmp_path), book)

    assert [channel.recipient_in(chat) for chat in (CHAT, -1077, -77, 999)] == [
        "telegram", "telegram@-1077", "telegram@-1077", None,
    ]  # fmt: skip


async def test_nobody_is_paired_or_obeyed_who_speaks_as_the_group(tmp_path: Path) -> None:
    operator = ScriptedOperator()
    api = BotApi(chats=frozenset({CHAT, GROUP}), limits=UNLIMITED)
    async with (
        api,
        pairing_book(tmp_path) as book,
        listening(api, tmp_path, operator, pairings=book, chat_id=GROUP, allowed_users=(ANONYMOUS["id"],)),
    ):
        shown = await book.show_code(ROOT)
        api.say_as_chat(f"/pair {shown.code}", chat=GROUP)
        api.say_as_chat("/run disks", chat=GROUP)
        await api.sent(2)
        members = list(book.members)

    assert members == []
    assert operator.calls == []
    assert "has to have a name" in api.messages[0].text
    assert "not allowed" in api.messages[1].text


async def test_a_paired_group_that_becomes_a_supergroup_keeps_its_people(tmp_path: Path) -> None:
    api = BotApi(chats=frozenset({GROUP, -10099}), limits=UNLIMITED)
    async with api, pairing_book(tmp_path) as book:
        async with listening(api, tmp_path, ScriptedOperator(), pairings=book, chat_id=None) as channel:
            shown = await book.show_code(ROOT)
            api.say(f"/pair {shown.code}", chat=GROUP)
            await api.sent(1)
            api.migrate(GROUP, -10099)
            api.say("/status", chat=-10099)
            await api.sent(2)
            assert channel.chats.listed() == [-10099]
        async with listening(api, tmp_path, ScriptedOperator(), chat_id=None) as again:
            assert again.chats.listed() == [-10099]

    assert api.messages[1].text.startswith("host_a")
