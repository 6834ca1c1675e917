"""`cortexctl telegram`."""

from __future__ import annotations

import json

import pytest

from cortexctl.exits import Exit
from probed.wire import paths
from probed.wire.page import PageOf
from probed.wire.problem import ProblemCode
from probed.wire.secret import RenewedShape
from probed.wire.telegram import ChatMemberShape, PairingCodeShape
from tests.cortexctl.conftest import Ctl
from tests.cortexctl.stub_daemon import StubDaemon

PAIR, UNPAIR = f"{paths.TELEGRAM}/pair", f"{paths.TELEGRAM}/unpair"
ANN = ChatMemberShape(-1001234, 7, "ops", "Ann Lee", "2026-03-01T09:57:00Z", "uid:0 root")


def test_the_code_is_shown_as_it_is_typed(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answer(f"POST {PAIR}", PairingCodeShape("ABCD2345", "2026-03-01T10:10:00Z"), 201)

    result = ctl("telegram", "pair")

    assert (result.exit, result.out) == (Exit.OK, "/pair ABCD2345\n")
    assert "type this in the chat with the bot, once, in 10 min at most" in result.err
    assert json.loads(ctl("telegram", "pair", "--json").out)["code"] == "ABCD2345"


def test_without_a_bot_the_refusal_says_what_to_do(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.refuse(f"POST {PAIR}", 403, ProblemCode.REFUSED, "Telegram is off: put the bot's token into a file")

    result = ctl("telegram", "pair")

    assert result.exit == Exit.REFUSED
    assert "Telegram is off" in result.err


@pytest.mark.parametrize("words", [["telegram"], ["telegram", "list"]])
def test_who_is_paired_is_listed(daemon: StubDaemon, ctl: Ctl, words: list[str]) -> None:
    daemon.answer(f"GET {paths.TELEGRAM}", PageOf([ANN], None))

    result = ctl(*words)

    assert all(part in result.out for part in ("-1001234", "ops", "Ann Lee", "3 min ago", "uid:0 root"))


def test_an_empty_list_says_how_to_pair(daemon: StubDaemon, ctl: Ctl) -> None:
    nobody: PageOf[ChatMemberShape] = PageOf([], None)
    daemon.answer(f"GET {paths.TELEGRAM}", nobody)

    result = ctl("telegram", "list")

    assert (result.out, result.exit) == ("", Exit.OK)
    assert "cortexctl telegram pair" in result.err


@pytest.mark.parametrize(
    ("words", "body"),
    [
        (["-1001234"], {"chat_id": -1001234, "user_id": None}),
        (["-1001234", "--user", "7"], {"chat_id": -1001234, "user_id": 7}),
        (["42", "--user=7"], {"chat_id": 42, "user_id": 7}),
    ],
)
def test_a_chat_or_one_person_is_put_out(
    daemon: StubDaemon, ctl: Ctl, words: list[str], body: dict[str, object]
) -> None:
    daemon.answer(f"POST {UNPAIR}", PageOf([ANN], None))

    result = ctl("telegram", "unpair", *words)

    assert daemon.bodies(UNPAIR) == [body]
    assert "unpaired: Ann Lee (7) in chat -1001234" in result.err


@pytest.mark.parametrize("words", [[], ["ops"], ["--chat", "5"], ["5", "6"]])
def test_what_is_no_chat_is_a_usage_error(daemon: StubDaemon, ctl: Ctl, words: list[str]) -> None:
    assert ctl("telegram", "unpair", *words).exit == Exit.USAGE
    assert daemon.requests == []


def test_who_is_not_paired_cannot_be_put_out(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.refuse(f"POST {UNPAIR}", 404, ProblemCode.NOT_FOUND, "nobody is paired in chat 5")

    result = ctl("telegram", "unpair", "5")

    assert result.exit != Exit.OK
    assert "nobody is paired" in result.err


def test_what_was_made_anew_is_said(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answer(f"POST {paths.SECRETS}/rotate", RenewedShape(["the key of the buttons"]))

    assert ctl("secrets", "rotate").err == "made anew: the key of the buttons\n"
