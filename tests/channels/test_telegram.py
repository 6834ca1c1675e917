"""The channel against a server that enforces Telegram's rules, through the real python-telegram-bot."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path

import pytest

from probed.channels.pace import Pace
from probed.channels.telegram import TelegramChannel, build_telegram
from probed.channels.telegram_callback import Press
from probed.core.card import Button, CardKind, Manner, Section
from probed.errors import ChannelError, ConfigError, MessageRefused
from tests.channels.cards import (
    ID,
    UNLIMITED,
    long_card,
    make_card,
    make_outcome,
    make_question,
    make_settings,
    nobody,
    telegram,
    token_file,
    unhurried,
)
from tests.real.bot_api import CHAT, TOKEN, BotApi, Fault
from tests.real.bot_entities import Entity
from tests.real.bot_rules import Limits

GROUP = -500


# --- what arrives -----------------------------------------------------------------------------------------------------


async def test_a_card_arrives_with_markup_and_buttons(tmp_path: Path) -> None:
    async with BotApi() as api, telegram(api, tmp_path) as channel:
        receipt = await channel.send(make_card(), ID, repeated=False, earlier=None)

    [message] = api.messages
    assert message.text.startswith(
        "\U0001f534 host_a · critical · #9aq7zt\ncritical: /srv/my_data is <96%> full & growing"
    )
    assert Entity("bold", 0, 30) in message.entities
    assert message.labels == ["Acknowledge disk"]
    assert channel.signer.read(message.data_of("Acknowledge disk"), [CHAT]) == Press("acknowledge", "01jd5x8m3k9aq7zt")
    assert receipt == {"chat_id": CHAT, "message_id": message.message_id, "replaceable": True}


@pytest.mark.parametrize(
    "nasty",
    [
        "my_data",
        "<b>",
        "</code>",
        "&lt;",
        "a\x00\x1b[31m",
        "\ud800 half",
        "\u202edoc.exe",
        "\U0001f600" * 2000,
        "`*_[]()",
    ],
)
async def test_any_text_arrives(tmp_path: Path, nasty: str) -> None:
    card = make_card(host=nasty, title=nasty, sections=(Section(nasty, (nasty,)),), commands=(nasty,))

    async with BotApi(limits=UNLIMITED) as api, telegram(api, tmp_path) as channel:
        await channel.send(card, ID, repeated=False, earlier=None)

    assert api.messages
    assert not api.refused


async def test_links_in_host_text_are_not_fetched_by_telegram(tmp_path: Path) -> None:
    async with BotApi() as api, telegram(api, tmp_path) as channel:
        await channel.send(make_card(title="see http://example.org/x"), ID, repeated=False, earlier=None)

    assert api.accepted[0].params["link_preview_options"] == '{"is_disabled": true}'


async def test_what_is_too_long_is_attached_as_a_file(tmp_path: Path) -> None:
    card = long_card(500)

    async with BotApi(limits=UNLIMITED) as api, telegram(api, tmp_path) as channel:
        await channel.send(card, ID, repeated=False, earlier=None)

    message, attached = api.messages
    assert "more lines in the attached file" in message.text
    assert attached.document
    assert set(attached.document.splitlines()) > {card.title, *card.sections[0].lines, *card.commands}
    assert attached.filename == "host_a-9aq7zt.txt"
    assert attached.text.endswith("host_a · critical · #9aq7zt")
    assert attached.reply_to == message.message_id


async def test_a_button_whose_data_is_too_long_is_left_out(tmp_path: Path) -> None:
    buttons = (Button("Long", "approve", "x" * 60), Button("", "reject", "d1"))

    async with BotApi() as api, telegram(api, tmp_path) as channel:
        await channel.send(make_question(buttons=buttons), ID, repeated=False, earlier=None)

    assert api.messages[0].labels == ["reject"]


async def test_short_buttons_stand_side_by_side(tmp_path: Path) -> None:
    async with BotApi() as api, telegram(api, tmp_path) as channel:
        await channel.send(make_question(), ID, repeated=False, earlier=None)

    assert [len(row) for row in api.messages[0].buttons] == [2]


async def test_a_repeated_message_is_marked(tmp_path: Path) -> None:
    async with BotApi() as api, telegram(api, tmp_path) as channel:
        await channel.send(make_card(), ID, repeated=True, earlier=None)

    assert "#9aq7zt (repeated)\n" in api.messages[0].text


async def test_markup_that_telegram_does_not_parse_arrives_as_plain_text(tmp_path: Path, lines: list[str]) -> None:
    async with BotApi(limits=UNLIMITED) as api, telegram(api, tmp_path) as channel:
        api.fault = Fault.NO_MARKUP
        await channel.send(make_question(), ID, repeated=False, earlier=None)

    [message] = api.messages
    assert "critical: /srv" not in message.text
    assert "May I restart nginx?" in message.text
    assert message.entities == []
    assert message.labels == ["Approve", "Reject"]
    assert any("sending it as plain text" in line for line in lines)


async def test_a_message_rejected_for_another_reason_arrives_short_and_bare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.real.bot_rules.MAX_UNITS", 1200)

    async with BotApi(limits=UNLIMITED) as api, telegram(api, tmp_path) as channel:
        await channel.send(long_card(60), ID, repeated=False, earlier=None)

    [message] = api.messages
    assert message.text.startswith("\U0001f534 host_a · critical")
    assert message.buttons == []


# --- earlier messages -------------------------------------------------------------------------------------------------


async def test_the_outcome_of_a_decision_replaces_the_question(tmp_path: Path) -> None:
    async with BotApi(limits=UNLIMITED) as api, telegram(api, tmp_path) as channel:
        asked = await channel.send(make_question(), ID, repeated=False, earlier=None)
        told = await channel.send(make_outcome(), "x" * 16, repeated=False, earlier=asked)

    [message] = api.messages
    assert "nginx: verified" in message.text
    assert message.buttons == []
    assert told == asked


async def test_the_same_outcome_twice_is_no_error(tmp_path: Path) -> None:
    async with BotApi(limits=UNLIMITED) as api, telegram(api, tmp_path) as channel:
        asked = await channel.send(make_question(), ID, repeated=False, earlier=None)
        await channel.send(make_outcome(), ID, repeated=False, earlier=asked)
        await channel.send(make_outcome(), ID, repeated=False, earlier=asked)

    assert len(api.messages) == 1
    assert "message is not modified" in api.refused[0].description


async def test_the_outcome_of_a_deleted_question_is_a_new_message(tmp_path: Path) -> None:
    async with BotApi(limits=UNLIMITED) as api, telegram(api, tmp_path) as channel:
        asked = await channel.send(make_question(), ID, repeated=False, earlier=None)
        api.world.delete(api.messages[0])
        told = await channel.send(make_outcome(), ID, repeated=False, earlier=asked)

    [message] = api.messages
    assert "nginx: verified" in message.text
    assert told["message_id"] == message.message_id


async def test_a_later_message_about_the_same_alert_replies_to_the_earlier_one(tmp_path: Path) -> None:
    async with BotApi(limits=UNLIMITED) as api, telegram(api, tmp_path) as channel:
        earlier = await channel.send(make_card(), ID, repeated=False, earlier=None)
        await channel.send(make_card(title="resolved"), ID, repeated=False, earlier=earlier)
        api.world.delete(api.messages[0])
        await channel.send(make_card(title="again"), ID, repeated=False, earlier=earlier)

    assert [message.reply_to for message in api.messages] == [earlier["message_id"], None]


async def test_an_alert_is_shown_acknowledged_and_resolved_in_its_one_message(tmp_path: Path) -> None:
    firing = make_card()
    acknowledged = make_card(
        title="acknowledged: it", manner=Manner.MARK, buttons=(Button("Details", "details", "a1"),)
    )
    resolved = make_card(kind=CardKind.RESOLVED, title="resolved: it", manner=Manner.UPDATE, buttons=())
    async with BotApi(limits=UNLIMITED) as api, telegram(api, tmp_path) as channel:
        receipt = await channel.send(firing, ID, repeated=False, earlier=None)
        receipt = await channel.send(acknowledged, ID, repeated=False, earlier=receipt)
        shown = (api.messages[0].text.splitlines()[1], api.messages[0].labels)
        receipt = await channel.send(resolved, ID, repeated=False, earlier=receipt)

    [message] = api.messages
    assert shown == ("acknowledged: it", ["Details"])
    assert (message.text.splitlines()[1], message.labels, message.edits) == ("resolved: it", [], 2)
    assert receipt["message_id"] == message.message_id


async def test_what_is_urgent_is_a_message_of_its_own_in_reply(tmp_path: Path) -> None:
    async with BotApi(limits=UNLIMITED) as api, telegram(api, tmp_path) as channel:
        receipt = await channel.send(make_card(), ID, repeated=False, earlier=None)
        await channel.send(make_card(title="it got worse"), ID, repeated=False, earlier=receipt)

    assert [message.edits for message in api.messages] == [0, 0]
    assert api.messages[1].reply_to == api.messages[0].message_id


@pytest.mark.parametrize("gone", ["deleted", "frozen"])
@pytest.mark.parametrize(("manner", "is_told"), [(Manner.UPDATE, True), (Manner.MARK, False)])
async def test_what_cannot_be_edited_is_followed_by_a_new_message_if_it_is_news(
    tmp_path: Path, gone: str, manner: Manner, is_told: bool
) -> None:
    async with BotApi(limits=UNLIMITED) as api, telegram(api, tmp_path) as channel:
        receipt = await channel.send(make_card(), ID, repeated=False, earlier=None)
        if gone == "deleted":
            api.world.delete(api.messages[0])
        else:
            api.world.frozen.add(api.messages[0].message_id)
        before = len(api.messages)
        await channel.send(make_card(title="changed", manner=manner), ID, repeated=False, earlier=receipt)

    assert len(api.messages) == before + is_told
    if is_told:
        assert api.messages[-1].text.splitlines()[1] == "changed"
        assert api.messages[-1].reply_to == (None if gone == "deleted" else receipt["message_id"])


async def test_a_message_that_tells_of_others_too_is_not_replaced(tmp_path: Path) -> None:
    digest = make_card(kind=CardKind.DIGEST, title="while the channel was away")
    async with BotApi(limits=UNLIMITED) as api, telegram(api, tmp_path) as channel:
        receipt = await channel.send(digest, ID, repeated=False, earlier=None)
        assert await channel.send(make_card(manner=Manner.MARK), ID, repeated=False, earlier=receipt) == receipt
        await channel.send(make_card(title="resolved: it", manner=Manner.UPDATE), ID, repeated=False, earlier=receipt)

    assert [message.text.splitlines()[1] for message in api.messages] == ["while the channel was away", "resolved: it"]


async def test_a_mark_on_what_was_never_told_is_not_told(tmp_path: Path) -> None:
    async with BotApi(limits=UNLIMITED) as api, telegram(api, tmp_path) as channel:
        assert await channel.send(make_card(manner=Manner.MARK), ID, repeated=False, earlier=None) == {}

    assert api.messages == []


@pytest.mark.parametrize("receipt", [{}, {"chat_id": "x", "message_id": 1}, {"message_id": None}])
async def test_a_receipt_that_says_nothing_is_no_earlier_message(tmp_path: Path, receipt: dict[str, object]) -> None:
    async with BotApi() as api, telegram(api, tmp_path) as channel:
        await channel.send(make_outcome(), ID, repeated=False, earlier=receipt)

    assert len(api.messages) == 1


# --- what goes wrong --------------------------------------------------------------------------------------------------


async def failure(channel: TelegramChannel) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await channel.send(make_card(), ID, repeated=False, earlier=None)
    return caught.value


def assert_is_held(error: ChannelError) -> None:
    """It concerns the account: no message is given up for it."""
    assert not error.transient
    assert not isinstance(error, MessageRefused)
    assert not error.may_have_arrived


async def test_too_many_messages_are_to_be_tried_again_when_telegram_says(tmp_path: Path) -> None:
    async with BotApi() as api, telegram(api, tmp_path) as channel:
        await channel.send(make_card(), ID, repeated=False, earlier=None)
        error = await failure(channel)

    assert (error.transient, error.retry_after_s) == (True, 1.0)
    assert api.refused[0].status == 429


async def test_while_telegram_takes_nothing_it_is_not_asked(tmp_path: Path) -> None:
    async with BotApi() as api, telegram(api, tmp_path) as channel:
        channel.connection.pace.hold(30.0)
        error = await failure(channel)

    assert error.transient
    assert error.retry_after_s == pytest.approx(30.0, abs=1.0)
    assert not api.accepted


@pytest.mark.parametrize("fault", [Fault.ERROR, Fault.GARBAGE])
async def test_a_broken_server_is_tried_again(tmp_path: Path, fault: Fault) -> None:
    async with BotApi(limits=UNLIMITED) as api, telegram(api, tmp_path) as channel:
        api.fault = fault
        error = await failure(channel)
        api.fault = Fault.NONE
        await channel.send(make_card(), ID, repeated=False, earlier=None)

    assert error.transient
    assert len(api.messages) == 1


async def test_after_an_outage_the_same_channel_goes_on_unmarked(tmp_path: Path) -> None:
    async with BotApi(limits=UNLIMITED) as api, telegram(api, tmp_path) as channel:
        await channel.send(make_card(), "a" * 16, repeated=False, earlier=None)
        await api.refuse()
        error = await failure(channel)
        await api.listen()
        await channel.send(make_card(), ID, repeated=False, earlier=None)

    assert error.transient
    assert not error.may_have_arrived
    assert "not reachable" in error.reason
    assert "(repeated)" not in api.messages[1].text


@pytest.mark.parametrize("fault", [Fault.MUTE, Fault.GARBAGE])
async def test_a_message_without_an_answer_may_have_arrived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    monkeypatch.setattr("probed.channels.telegram_bot.ANSWER_S", 0.7)

    async with BotApi(limits=UNLIMITED) as api, telegram(api, tmp_path) as channel:
        api.fault = fault
        error = await failure(channel)

    assert error.transient
    assert error.may_have_arrived


@pytest.mark.alone
async def test_a_hanging_server_is_given_up_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probed.channels.telegram_bot.ANSWER_S", 0.7)

    async with BotApi() as api, telegram(api, tmp_path) as channel:
        api.fault = Fault.HANG
        began = time.monotonic()
        error = await failure(channel)

    assert error.transient
    assert time.monotonic() - began < 30


async def test_an_attachment_that_failed_is_sent_without_its_message_again(tmp_path: Path) -> None:
    async with BotApi(limits=Limits(chat_interval_s=3.0)) as api, telegram(api, tmp_path) as channel:
        with pytest.raises(ChannelError) as caught:  # the second request within its interval
            await channel.send(long_card(), ID, repeated=False, earlier=None)
        await asyncio.sleep(3.1)
        receipt = await channel.send(long_card(), ID, repeated=True, earlier=None)

    assert caught.value.may_have_arrived  # the text has, and after a restart it would be sent again
    message, attached = api.messages
    assert attached.document
    assert receipt["message_id"] == message.message_id


async def test_where_no_file_is_taken_the_message_stays_and_says_where_its_rest_is(
    tmp_path: Path, lines: list[str]
) -> None:
    async with BotApi(limits=UNLIMITED) as api, telegram(api, tmp_path) as channel:
        api.world.without_documents.add(CHAT)
        receipt = await channel.send(long_card(), ID, repeated=False, earlier=None)

    message, hint = api.messages
    assert message.message_id == receipt["message_id"] == hint.reply_to
    assert hint.text == f"no file is taken here; the whole text: cortexctl messages show {ID}"
    assert any("Telegram rejects an attachment" in line for line in lines)


async def test_a_message_that_is_refused_in_every_form_is_refused_for_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.real.bot_rules.MAX_UNITS", 1)

    async with BotApi(limits=UNLIMITED) as api, telegram(api, tmp_path) as channel:
        error = await failure(channel)

    assert isinstance(error, MessageRefused)
    assert len(api.refused) == 3


async def test_a_blocked_bot_is_no_passing_fault_and_names_the_remedy(tmp_path: Path) -> None:
    async with BotApi() as api, telegram(api, tmp_path) as channel:
        api.world.blocked.add(CHAT)
        error = await failure(channel)

    assert_is_held(error)
    assert "may not write to chat 4242" in error.reason
    assert "unblock the bot" in error.reason


async def test_an_unknown_chat_is_no_passing_fault_and_names_the_key(tmp_path: Path) -> None:
    async with BotApi() as api, telegram(api, tmp_path, chat_id=99) as channel:
        error = await failure(channel)

    assert_is_held(error)
    assert "Chat not found" in error.reason
    assert "telegram.chat_id" in error.reason


async def test_a_wrong_token_is_no_passing_fault_and_names_the_key(tmp_path: Path) -> None:
    async with BotApi(token="1:other") as api, telegram(api, tmp_path) as channel:
        error = await failure(channel)

    assert_is_held(error)
    assert "telegram.token_file" in error.reason


async def test_a_wrong_root_of_the_server_is_named(tmp_path: Path) -> None:
    async with BotApi() as api:
        channel = build_telegram(make_settings(f"{api.url}/bot{TOKEN}/elsewhere", tmp_path), nobody(), unhurried)
        error = await failure(channel)
        await channel.close()

    assert_is_held(error)
    assert "telegram.api_url" in error.reason


async def test_a_group_that_became_a_supergroup_is_followed(tmp_path: Path, lines: list[str]) -> None:
    async with (
        BotApi(chats=frozenset({GROUP, -10099}), limits=UNLIMITED) as api,
        telegram(api, tmp_path, chat_id=GROUP) as channel,
    ):
        asked = await channel.send(make_question(), ID, repeated=False, earlier=None)
        api.world.moved[GROUP] = -10099
        told = await channel.send(make_outcome(), ID, repeated=False, earlier=asked)
        await channel.send(make_card(), ID, repeated=False, earlier=told)

    assert [message.chat_id for message in api.messages] == [GROUP, -10099, -10099]
    assert told["chat_id"] == -10099
    assert len(api.refused) == 1
    assert any("has become the supergroup -10099" in line for line in lines)


async def test_a_chat_that_moves_in_a_circle_is_given_up_for_now(tmp_path: Path) -> None:
    async with (
        BotApi(chats=frozenset({GROUP}), limits=UNLIMITED) as api,
        telegram(api, tmp_path, chat_id=GROUP) as channel,
    ):
        api.world.moved = {GROUP: -501, -501: GROUP}
        error = await failure(channel)

    assert error.transient


# --- pace -------------------------------------------------------------------------------------------------------------


@pytest.mark.alone
async def test_a_burst_keeps_telegrams_pace_and_is_never_refused(tmp_path: Path) -> None:
    async with BotApi() as api, telegram(api, tmp_path, pace=lambda _: Pace(is_group=False)) as channel:
        began = time.monotonic()
        for number in range(6):
            await channel.send(make_card(), f"{number:016}", repeated=False, earlier=None)

    assert not api.refused
    assert 4.9 < time.monotonic() - began < 60


async def test_what_is_slow_to_arrive_keeps_the_next_one_at_a_distance(tmp_path: Path) -> None:
    async with BotApi() as api, telegram(api, tmp_path, pace=lambda _: Pace(is_group=False)) as channel:
        sending = [channel.send(make_card(), f"{number:016}", repeated=False, earlier=None) for number in range(3)]
        api.delay_s = 0.4  # the first one only
        await asyncio.gather(*sending)

    assert not api.refused


# --- the token --------------------------------------------------------------------------------------------------------


async def test_the_token_is_never_logged(
    tmp_path: Path, lines: list[str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("probed.channels.telegram_bot.ANSWER_S", 0.7)

    errors = []
    async with BotApi(limits=UNLIMITED) as api, telegram(api, tmp_path) as channel:
        await channel.send(make_card(), ID, repeated=False, earlier=None)
        for fault in (Fault.ERROR, Fault.GARBAGE, Fault.HANG, Fault.REFUSE):
            api.fault = fault
            if fault is Fault.REFUSE:
                await api.refuse()
            errors.append(str(await failure(channel)))

    secret = TOKEN.partition(":")[2]
    assert len(errors) == 4
    assert all(secret not in text for text in [caplog.text, *lines, *errors])


async def test_an_address_that_holds_the_token_is_not_quoted(tmp_path: Path) -> None:
    channel = build_telegram(make_settings("http://[", tmp_path), nobody(), unhurried)
    error = await failure(channel)
    await channel.close()

    assert TOKEN not in str(error)
    assert error.transient


def test_a_token_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    settings = make_settings("http://127.0.0.1:1", tmp_path)
    token_file(tmp_path, mode=0o644)

    with pytest.raises(ConfigError, match="type: chmod 600"):
        build_telegram(settings, nobody())


def test_a_file_without_a_token_is_refused_without_showing_it(tmp_path: Path) -> None:
    settings = make_settings("http://127.0.0.1:1", tmp_path)
    token_file(tmp_path, "not-a-token/../x")

    with pytest.raises(ConfigError, match="holds no bot's token") as caught:
        build_telegram(settings, nobody())

    assert "not-a-token" not in str(caught.value)


async def test_a_message_waits_until_a_chat_is_paired(tmp_path: Path) -> None:
    async with BotApi() as api, telegram(api, tmp_path, chat_id=None) as channel:
        error = await failure(channel)

    assert_is_held(error)
    assert "cortexctl telegram pair" in error.reason
