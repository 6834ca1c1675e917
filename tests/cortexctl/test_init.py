"""First contact, step by step. Nobody is asked by a test without a terminal; tests/e2e/test_init.py has one."""

from __future__ import annotations

import errno
import io
import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cortexctl.exits import Exit
from cortexctl.failure import Failure
from cortexctl.first_contact import place, steps
from probed.wire import paths
from probed.wire.channel import ChannelTestShape
from probed.wire.page import PageOf
from probed.wire.telegram import ChatMemberShape, PairingCodeShape
from tests.cortexctl import samples
from tests.cortexctl.conftest import Ctl
from tests.cortexctl.stub_daemon import StubDaemon

ANN = ChatMemberShape(
    chat_id=-5, user_id=7, chat_name="ops", user_name="Ann", paired_at="2026-01-31T10:00:00Z", paired_by="uid:0"
)
LATER = "2100-01-01T00:00:00Z"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text("# mine\nmode: observe\n")
    path.chmod(0o640)
    return path


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What is typed."""
    typed = io.StringIO()
    monkeypatch.setattr(typed, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", typed)
    return typed


def types(typed: io.StringIO, *lines: str) -> None:
    typed.write("".join(f"{line}\n" for line in lines))
    typed.seek(0)


def test_without_a_terminal_nothing_is_asked_and_that_is_said(ctl: Ctl) -> None:
    result = ctl("init")

    assert result.exit == Exit.USAGE
    assert result.err == "cortexctl: this asks questions, and there is no terminal\n  try: cortexctl init --yes\n"


def test_a_step_that_is_none_is_named_with_those_that_are(ctl: Ctl) -> None:
    result = ctl("init", "--yes", "--only", "telgram")

    assert result.exit == Exit.USAGE
    assert "there is no step 'telgram'; there are inspections, model, telegram, message, mode" in result.err


def test_what_is_no_answer_is_asked_again(host: StubDaemon, ctl: Ctl, answers: io.StringIO) -> None:
    host.answer(f"POST {paths.MODE}", samples.MODES)
    types(answers, "perhaps", "e")

    result = ctl("init", "--only", "mode")

    assert "'perhaps' is no answer; type observe or earned or act" in result.err
    assert json.loads(host.requests[-1].body)["mode"] == "earned"
    assert result.exit == Exit.OK


def test_an_empty_answer_leaves_it_as_it_is(host: StubDaemon, ctl: Ctl, answers: io.StringIO) -> None:
    types(answers, "")

    result = ctl("init", "--only", "mode")

    assert not [request for request in host.requests if request.method == "POST"]
    assert "Nothing was written." in result.err


def test_where_the_input_ends_so_does_it(host: StubDaemon, ctl: Ctl, answers: io.StringIO) -> None:
    result = ctl("init", "--only", "mode", "--only", "message")

    assert result.exit == Exit.FAILED
    assert result.err.endswith("the input has ended before the last answer\n")
    assert "2/2" not in result.err


def test_a_message_that_was_not_taken_fails_its_step_alone(host: StubDaemon, ctl: Ctl) -> None:
    refused = ChannelTestShape(name="ops", message_id="", delivered=False, detail="HTTP 404", took_s=0.1)
    for channel in samples.CHANNELS.items:
        host.answer(f"POST {paths.CHANNELS}/{channel.name}/test", refused)

    result = ctl("init", "--yes", "--only", "message", "--only", "mode")

    assert result.exit == Exit.FAILED
    assert "did not take it: HTTP 404" in result.err
    assert "2/2 What may be done" in result.err
    assert "Failed, and can be done again: cortexctl init --only message" in result.err


def test_a_chat_is_paired_by_the_code_that_is_typed_there(
    host: StubDaemon, ctl: Ctl, answers: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "PAUSE_S", 0.0)
    has(monkeypatch, telegram={"token_file": "/t"})
    host.answer_in_turn(f"GET {paths.TELEGRAM}", PageOf([], None), PageOf([], None), PageOf([ANN], None))
    host.answer(f"POST {paths.TELEGRAM}/pair", PairingCodeShape("4711-0815", LATER))
    types(answers, "y")

    result = ctl("init", "--only", "telegram")

    assert "type this in the chat with the bot: /pair 4711-0815" in result.err
    assert "paired: Ann in ops" in result.err
    assert result.exit == Exit.OK


def test_without_a_bot_it_is_said_how_to_have_one(host: StubDaemon, ctl: Ctl, monkeypatch: pytest.MonkeyPatch) -> None:
    has(monkeypatch, telegram={"token_file": None})

    assert "put its token into a file" in ctl("init", "--yes", "--only", "telegram").err


def test_a_model_is_written_only_with_a_yes(
    ctl: Ctl, answers: io.StringIO, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    has(monkeypatch, agent={"backend": "none"})
    monkeypatch.setattr(place.Place, "doctor_says", lambda self, topic: ["agent: pass, claude 2.0"])
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/claude")
    before = config.read_text()
    types(answers, "n")
    ctl("init", "--only", "model", "--config", str(config))
    assert config.read_text() == before

    answers.seek(0)
    types(answers, "y")
    result = ctl("init", "--only", "model", "--config", str(config))

    assert result.exit == Exit.OK, result.err
    assert config.read_text() == "# mine\nmode: observe\nagent:\n  backend: claude\n"
    assert config.stat().st_mode & 0o777 == 0o640
    assert f"{config}: agent.backend" in result.err


def test_a_configuration_that_would_not_do_stays_as_it_was(
    ctl: Ctl, answers: io.StringIO, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    has(monkeypatch, agent={"backend": "none"})
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/claude")
    config.write_text("mdoe: observe\n")
    types(answers, "y")

    result = ctl("init", "--only", "model", "--config", str(config))

    assert result.exit == Exit.FAILED
    assert "unknown key 'mdoe'" in result.err
    assert config.read_text() == "mdoe: observe\n"
    assert not list(config.parent.glob("*.new"))


def test_a_link_to_the_configuration_stays_a_link(config: Path) -> None:
    link = config.with_name("link.yaml")
    link.symlink_to(config)

    the_place(link).add_section("agent", "agent:\n  backend: claude\n")

    assert link.readlink() == config
    assert config.read_text() == "# mine\nmode: observe\nagent:\n  backend: claude\n"


def test_what_cannot_be_written_leaves_nothing_behind(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = config.read_text()
    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(Failure, match="cannot be written: No space left on device"):
        the_place(config).add_section("agent", "agent:\n  backend: claude\n")

    assert config.read_text() == before
    assert list(config.parent.iterdir()) == [config]


def the_place(config: Path) -> place.Place:
    return place.Place(SimpleNamespace(socket=""), str(config))  # type: ignore[arg-type]


def has(monkeypatch: pytest.MonkeyPatch, **settings: Any) -> None:
    monkeypatch.setattr(place.Place, "settings", lambda self: settings)
