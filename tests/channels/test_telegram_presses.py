"""Touched buttons, through a server that keeps Telegram's rules and the real python-telegram-bot."""

from __future__ import annotations

from pathlib import Path

import pytest

from probed.core.card import Button
from probed.core.decision import DecisionState
from probed.core.permission import Approval
from probed.errors import CannotPersist, Conflict, CortexError, NotFound
from tests.channels.cards import ID, UNLIMITED, make_card, make_question
from tests.channels.talking import STRANGER, ScriptedOperator, audited, listening, logged, server
from tests.factories import make_decision
from tests.real.bot_api import CHAT, BotApi

GROUP = -500


@pytest.mark.parametrize(
    ("label", "call", "answer"),
    [
        ("Approve", ("approve", "d1", "0badc0de1234", ""), "approved: restart_unit"),
        ("Reject", ("reject", "d1"), "rejected: restart_unit"),
    ],
)
async def test_a_decision_is_made_answered_and_its_buttons_taken_away(
    tmp_path: Path, label: str, call: tuple[str, ...], answer: str
) -> None:
    operator = ScriptedOperator()
    async with server() as api, listening(api, tmp_path, operator) as channel:
        await channel.send(make_question(), ID, repeated=False, earlier=None)
        api.press(api.messages[0], label, name="Ann Lee")
        [answered] = await api.answered(1)
        await api.until(lambda: not api.messages[0].buttons)

    assert operator.calls == [call]
    assert (operator.by[0].name, operator.by[0].telegram_id) == ("telegram:7 Ann Lee", 7)
    assert answered["text"].startswith(answer)
    assert answered["show_alert"] == "false"


async def test_an_alert_is_acknowledged_and_only_its_own_button_goes(tmp_path: Path) -> None:
    buttons = (Button("Acknowledge disk", "acknowledge", "a1"), Button("Acknowledge load", "acknowledge", "a2"))
    operator = ScriptedOperator()
    async with server() as api, listening(api, tmp_path, operator) as channel:
        await channel.send(make_card(buttons=buttons), ID, repeated=False, earlier=None)
        api.press(api.messages[0], "Acknowledge disk")
        [answered] = await api.answered(1)
        await api.until(lambda: api.messages[0].labels == ["Acknowledge load"])

    assert operator.calls == [("acknowledge", "a1")]
    assert answered["text"] == "acknowledged: /srv is 85% full"


@pytest.mark.parametrize(("label", "for_s"), [("Silence 1 h", "3600.0"), ("Silence 8 h", "28800.0")])
async def test_an_alert_is_silenced_and_can_still_be_acknowledged(tmp_path: Path, label: str, for_s: str) -> None:
    buttons = (
        Button("Acknowledge", "acknowledge", "a1"),
        Button("Silence 1 h", "silence_1h", "a1"),
        Button("Silence 8 h", "silence_8h", "a1"),
    )
    operator = ScriptedOperator()
    async with server() as api, listening(api, tmp_path, operator) as channel:
        await channel.send(make_card(buttons=buttons), ID, repeated=False, earlier=None)
        assert [len(row) for row in api.messages[0].buttons] == [3]
        api.press(api.messages[0], label)
        await api.answered(1)
        await api.until(lambda: api.messages[0].labels == ["Acknowledge"])

    assert operator.calls == [("silence", "a1", for_s, "")]


async def test_of_several_questions_only_the_buttons_of_the_answered_one_go(tmp_path: Path) -> None:
    buttons = [
        button
        for n in (1, 2, 3)
        for button in (Button(f"Approve {n}", "approve", f"d{n}.0badc0de"), Button(f"Reject {n}", "reject", f"d{n}"))
    ]
    operator = ScriptedOperator()
    async with server() as api, listening(api, tmp_path, operator) as channel:
        await channel.send(make_question(buttons=tuple(buttons)), ID, repeated=False, earlier=None)
        assert [len(row) for row in api.messages[0].buttons] == [2, 2, 2]
        api.press(api.messages[0], "Reject 2")
        await api.answered(1)
        await api.until(lambda: len(api.messages[0].labels) == 4)

    assert operator.calls == [("reject", "d2")]
    assert api.messages[0].labels == ["Approve 1", "Reject 1", "Approve 3", "Reject 3"]


@pytest.mark.parametrize(
    ("error", "keeps_buttons"),
    [
        (Conflict("it was decided already"), False),
        (NotFound("there is no such decision"), False),
        (CannotPersist("the disk is full"), True),
    ],
)
async def test_a_failure_is_answered_with_its_reason(tmp_path: Path, error: CortexError, keeps_buttons: bool) -> None:
    async with server() as api, listening(api, tmp_path, ScriptedOperator(error)) as channel:
        await channel.send(make_question(), ID, repeated=False, earlier=None)
        api.press(api.messages[0], "Approve")
        [answered] = await api.answered(1)
        if not keeps_buttons:
            await api.until(lambda: not api.messages[0].buttons)

    assert (answered["text"], answered["show_alert"]) == (str(error), "true")
    assert bool(api.messages[0].buttons) is keeps_buttons


async def test_what_failed_for_a_passing_reason_can_be_tried_again(tmp_path: Path) -> None:
    operator = ScriptedOperator(CannotPersist("the disk is full"))
    async with server() as api, listening(api, tmp_path, operator) as channel:
        await channel.send(make_question(), ID, repeated=False, earlier=None)
        data = api.messages[0].data_of("Approve")
        api.press_data(api.messages[0], data)
        await api.answered(1)
        operator.error = None
        api.press_data(api.messages[0], data)
        _, second = await api.answered(2)

    assert second["text"].startswith("approved")


async def test_a_fault_of_ours_is_answered_logged_and_ends_nothing(tmp_path: Path, lines: list[str]) -> None:
    operator = ScriptedOperator(RuntimeError("boom"))
    async with server() as api, listening(api, tmp_path, operator) as channel:
        await channel.send(make_question(), ID, repeated=False, earlier=None)
        api.press(api.messages[0], "Approve")
        await api.answered(1)
        operator.error = None
        api.press(api.messages[0], "Reject")
        first, second = await api.answered(2)

    assert first["text"] == "that went wrong; the daemon's log says why"
    assert second["text"].startswith("rejected")
    assert logged(lines, "boom")


async def test_a_long_answer_is_cut_to_what_telegram_shows(tmp_path: Path) -> None:
    async with server() as api, listening(api, tmp_path, ScriptedOperator(Conflict("x" * 500))) as channel:
        await channel.send(make_question(), ID, repeated=False, earlier=None)
        api.press(api.messages[0], "Approve")
        [answered] = await api.answered(1)

    assert answered["text"] == "x" * 200


# --- what is shown ----------------------------------------------------------------------------------------------------


async def test_details_and_dry_run_are_answered_with_a_message_and_leave_the_question_open(tmp_path: Path) -> None:
    buttons = (*make_question().buttons, Button("Details", "details", "d1"), Button("Dry run", "dry_run", "d1"))
    operator = ScriptedOperator()
    async with server() as api, listening(api, tmp_path, operator) as channel:
        await channel.send(make_question(buttons=buttons), ID, repeated=False, earlier=None)
        api.press(api.messages[0], "Details")
        await api.until(lambda: "Details" not in api.messages[0].labels)
        api.press(api.messages[0], "Dry run")
        await api.until(lambda: api.messages[0].labels == ["Approve", "Reject"])

    assert operator.calls == []
    texts = [message.text for message in api.messages]
    assert any(text.startswith("host_a\ndetails of d1") for text in texts)
    assert any(text.endswith("dry run of d1") for text in texts)
    [attached] = [message for message in api.messages if message.document]
    assert "line 499" in (attached.document or "")


async def test_a_list_goes_on_at_a_touch(tmp_path: Path) -> None:
    async with server() as api, listening(api, tmp_path, ScriptedOperator()):
        api.say("/alerts")
        await api.sent(1)
        api.press(api.messages[0], "More")
        await api.sent(2)

    assert api.messages[1].text.endswith("alerts from 5 on")


# --- approvals of other classes ---------------------------------------------------------------------------------------


async def test_what_cannot_be_undone_is_approved_by_typing_its_name_as_a_reply(tmp_path: Path) -> None:
    operator = ScriptedOperator(decision=make_decision(approval=Approval.TYPED, object="nginx.service"))
    async with server() as api, listening(api, tmp_path, operator) as channel:
        await channel.send(make_question(), ID, repeated=False, earlier=None)
        api.press(api.messages[0], "Approve")
        [answered] = await api.answered(1)
        question = api.messages[1]
        assert (answered["text"], operator.calls) == ("it cannot be undone: type nginx.service as a reply", [])
        assert question.wants_reply
        assert question.text.endswith("reply to this message with: nginx.service")
        api.say("apache.service", reply_to=question)
        await api.sent(3)
        api.say(" nginx.service ", reply_to=question)
        await api.sent(4)
        api.say("nginx.service", reply_to=question)
        api.say("/help")
        await api.sent(5)
        assert api.messages[0].labels == []

    assert [call[-1] for call in operator.calls] == ["apache.service", "nginx.service"]
    assert [message.text for message in api.messages[2:4]] == [
        "type nginx.service",
        "approved: restart_unit unit='nginx.service'",
    ]


async def test_in_a_channel_where_nobody_can_reply_it_is_said_what_to_type_elsewhere(tmp_path: Path) -> None:
    operator = ScriptedOperator(decision=make_decision(approval=Approval.TYPED, object="nginx.service"))
    async with server() as api, listening(api, tmp_path, operator) as channel:
        api.world.channels.add(CHAT)
        await channel.send(make_question(), ID, repeated=False, earlier=None)
        api.press(api.messages[0], "Approve")
        [answered] = await api.answered(1)

    assert (answered["text"], answered["show_alert"]) == ("type nginx.service", "true")
    assert len(api.messages) == 1


async def test_a_name_that_was_typed_long_ago_approves_nothing(tmp_path: Path) -> None:
    operator = ScriptedOperator(decision=make_decision(approval=Approval.TYPED, object="nginx.service"))
    async with server() as api, listening(api, tmp_path, operator) as channel:
        await channel.send(make_question(), ID, repeated=False, earlier=None)
        api.press(api.messages[0], "Approve")
        await api.sent(2)
        api.say("nginx.service", reply_to=api.messages[1], ago_s=301)
        await api.sent(3)
        assert operator.calls == []
        api.say("nginx.service", reply_to=api.messages[1])
        await api.sent(4)

    assert "too old, type it again" in api.messages[2].text
    assert operator.calls == [("approve", "d1", "0badc0de1234", "nginx.service")]


async def test_a_name_that_begins_like_a_command_is_a_name_where_it_is_asked_for(tmp_path: Path) -> None:
    operator = ScriptedOperator(decision=make_decision(approval=Approval.TYPED, object="/run"))
    async with server() as api, listening(api, tmp_path, operator) as channel:
        await channel.send(make_question(), ID, repeated=False, earlier=None)
        api.press(api.messages[0], "Approve")
        await api.sent(2)
        api.say("/run", reply_to=api.messages[1])
        await api.sent(3)

    assert operator.calls == [("approve", "d1", "0badc0de1234", "/run")]


async def test_the_name_is_asked_for_only_while_the_question_waits(tmp_path: Path) -> None:
    decided = make_decision(approval=Approval.TYPED, object="nginx.service", state=DecisionState.REJECTED)
    operator = ScriptedOperator(Conflict("it was rejected already"), decision=decided)
    async with server() as api, listening(api, tmp_path, operator) as channel:
        await channel.send(make_question(), ID, repeated=False, earlier=None)
        api.press(api.messages[0], "Approve")
        [answered] = await api.answered(1)

    assert answered["text"] == "it was rejected already"
    assert len(api.messages) == 1


async def test_only_who_touched_the_button_can_type_the_name(tmp_path: Path) -> None:
    operator = ScriptedOperator(decision=make_decision(approval=Approval.TYPED, object="nginx.service"))
    async with server() as api, listening(api, tmp_path, operator, allowed_users=(7, 8)) as channel:
        await channel.send(make_question(), ID, repeated=False, earlier=None)
        api.press(api.messages[0], "Approve")
        await api.answered(1)
        api.say("nginx.service", reply_to=api.messages[1], user=8, name="Bob")
        api.say("nginx.service", reply_to=api.messages[1], user=STRANGER)
        await api.sent(3)

    assert operator.calls == []
    assert api.messages[2].text == "this question is not open any more; touch Approve again"


async def test_where_two_have_to_approve_the_same_person_counts_once(tmp_path: Path) -> None:
    operator = ScriptedOperator(decision=make_decision(approval=Approval.TWO))
    async with server() as api, listening(api, tmp_path, operator, allowed_users=(7, 8)) as channel:
        await channel.send(make_question(), ID, repeated=False, earlier=None)
        for user in (7, 7, 8):
            api.press(api.messages[0], "Approve", user=user)
        first, second, third = await api.answered(3)
        await api.until(lambda: not api.messages[0].buttons)

    assert first["text"] == "approved by ann; another person has to approve, too"
    assert second["text"] == "this button was used already"
    assert third["text"].startswith("approved: ")


async def test_where_two_have_to_type_each_of_them_is_asked_for_the_name(tmp_path: Path) -> None:
    operator = ScriptedOperator(decision=make_decision(approval=Approval.TWO_TYPED, object="nginx.service"))
    async with server() as api, listening(api, tmp_path, operator, allowed_users=(7, 8)) as channel:
        await channel.send(make_question(), ID, repeated=False, earlier=None)
        for number, user in enumerate((7, 8)):
            api.press(api.messages[0], "Approve", user=user)
            await api.answered(number + 1)
            api.say("nginx.service", reply_to=api.messages[1 + 2 * number], user=user)
            await api.sent(3 + 2 * number)
        await api.until(lambda: not api.messages[0].buttons)

    assert [call[-1] for call in operator.calls] == ["nginx.service", "nginx.service"]
    assert api.messages[2].text == "approved by ann; another person has to approve, too"
    assert api.messages[4].text.startswith("approved: ")


# --- what does not count ----------------------------------------------------------------------------------------------


async def test_a_button_counts_once(tmp_path: Path) -> None:
    operator = ScriptedOperator()
    async with server() as api, listening(api, tmp_path, operator) as channel:
        await channel.send(make_question(), ID, repeated=False, earlier=None)
        data = api.messages[0].data_of("Reject")
        api.press_data(api.messages[0], data)
        api.press_data(api.messages[0], data)
        _, second = await api.answered(2)

    assert len(operator.calls) == 1
    assert (second["text"], second["show_alert"]) == ("this button was used already", "true")
    assert "telegram:7 Ann: refused: this button was used already" in await audited(tmp_path)


async def test_a_button_counts_once_also_after_a_restart(tmp_path: Path) -> None:
    operator = ScriptedOperator()
    async with server() as api:
        async with listening(api, tmp_path, operator) as channel:
            await channel.send(make_question(), ID, repeated=False, earlier=None)
            data = api.messages[0].data_of("Reject")
            api.press_data(api.messages[0], data)
            await api.until(lambda: not api.messages[0].buttons)
        async with listening(api, tmp_path, operator):
            api.press_data(api.messages[0], data)
            _, second = await api.answered(2)

    assert len(operator.calls) == 1
    assert second["text"] == "this button was used already"


@pytest.mark.parametrize(
    "forge",
    [
        lambda data: "approve:d1",
        lambda data: data.replace("d1", "d2"),
        lambda data: data.replace("0badc0de", "0badc0df"),
        lambda data: f"r{data[1:]}",
        lambda data: data[:-1] + ("A" if data[-1] != "A" else "B"),
        lambda data: data.rpartition(":")[0] + ":",
        lambda data: ":::",
        lambda data: "\u4e2d",
    ],
)
async def test_what_we_have_not_signed_does_nothing(tmp_path: Path, forge: object) -> None:
    assert callable(forge)
    operator = ScriptedOperator()
    async with server() as api, listening(api, tmp_path, operator) as channel:
        await channel.send(make_question(), ID, repeated=False, earlier=None)
        api.press_data(api.messages[0], forge(api.messages[0].data_of("Approve")))
        [answered] = await api.answered(1)

    assert operator.calls == []
    assert (answered["text"], answered["show_alert"]) == ("this button is not one of mine", "true")
    assert api.messages[0].buttons
    assert any("telegram:7 Ann: refused: this button is not one of mine" in line for line in await audited(tmp_path))


async def test_another_installations_button_does_nothing(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    operator = ScriptedOperator()
    async with server() as api:
        async with listening(api, tmp_path / "other", operator) as channel:
            await channel.send(make_question(), ID, repeated=False, earlier=None)
        async with listening(api, tmp_path, operator):
            api.press(api.messages[0], "Approve")
            [answered] = await api.answered(1)

    assert operator.calls == []
    assert answered["text"] == "this button is not one of mine"


async def test_an_old_button_does_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    operator = ScriptedOperator()
    async with server() as api, listening(api, tmp_path, operator) as channel:
        await channel.send(make_question(), ID, repeated=False, earlier=None)
        monkeypatch.setattr("probed.channels.telegram_callback.LIFETIME_S", -2.0)
        api.press(api.messages[0], "Approve")
        [answered] = await api.answered(1)

    assert operator.calls == []
    assert "too old" in answered["text"]
    assert any("too old" in line for line in await audited(tmp_path))


async def test_a_stranger_in_the_chat_is_told_so_and_recorded(tmp_path: Path, lines: list[str]) -> None:
    operator = ScriptedOperator()
    async with server() as api, listening(api, tmp_path, operator) as channel:
        await channel.send(make_question(), ID, repeated=False, earlier=None)
        api.press(api.messages[0], "Approve", user=STRANGER, name="Eve\u202e\n")
        [answered] = await api.answered(1)

    assert operator.calls == []
    assert answered["text"] == "not allowed"
    assert api.messages[0].buttons
    assert logged(lines, "telegram:666 Eve") == 1
    assert any("refused: a button in chat 4242: not allowed" in line for line in await audited(tmp_path))


async def test_a_button_in_a_chat_that_is_not_listed_does_nothing(tmp_path: Path) -> None:
    operator = ScriptedOperator()
    async with server() as api, listening(api, tmp_path, operator) as channel:
        await channel.send(make_question(), ID, repeated=False, earlier=None)
        api.messages[0].chat_id = 12
        api.press(api.messages[0], "Approve")
        [answered] = await api.answered(1)

    assert operator.calls == []
    assert answered["text"] == "not allowed"


async def test_a_button_of_one_listed_chat_does_nothing_in_another(tmp_path: Path) -> None:
    operator = ScriptedOperator()
    async with (
        BotApi(chats=frozenset({CHAT, 12}), limits=UNLIMITED) as api,
        listening(api, tmp_path, operator) as channel,
    ):
        await channel.send(make_question(), ID, repeated=False, earlier=None)
        channel.chats._configured = 12
        api.messages[0].chat_id = 12
        api.press(api.messages[0], "Approve")
        [answered] = await api.answered(1)

    assert operator.calls == []
    assert answered["text"] == "this button is not one of mine"


async def test_a_button_goes_with_the_group_that_became_a_supergroup(tmp_path: Path) -> None:
    operator = ScriptedOperator()
    async with (
        BotApi(chats=frozenset({GROUP, -10099}), limits=UNLIMITED) as api,
        listening(api, tmp_path, operator, chat_id=GROUP) as channel,
    ):
        await channel.send(make_question(), ID, repeated=False, earlier=None)
        api.migrate(GROUP, -10099)
        api.messages[0].chat_id = -10099
        api.press(api.messages[0], "Approve")
        [answered] = await api.answered(1)

    assert answered["text"].startswith("approved")


async def test_what_strangers_do_cannot_fill_the_disk(tmp_path: Path) -> None:
    async with server() as api, listening(api, tmp_path, ScriptedOperator()) as channel:
        await channel.send(make_question(), ID, repeated=False, earlier=None)
        for _ in range(40):
            api.press(api.messages[0], "Approve", user=STRANGER)
        await api.answered(40)

    assert len(await audited(tmp_path)) == 30
