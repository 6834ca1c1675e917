"""What the demonstration says where cortexctl says nothing."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from probed.demo import command, narrator, story
from probed.demo.narrator import Narrator, NothingCame

ASKED: dict[str, Callable[[Narrator], object]] = {
    "shown": lambda voice: voice.types("status"),
    "in part": lambda voice: voice.types("status", since="the daemon"),
    "as JSON": lambda voice: voice.tells("status"),
}


@pytest.fixture
def voice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Narrator]:
    """Its daemon lets everybody in and answers nobody."""
    monkeypatch.setattr(narrator, "ANSWER_S", 0.1)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "s"))
        silent.listen()
        yield Narrator(tmp_path / "s", pace=0)


@pytest.mark.parametrize("how", ASKED)
def test_a_command_that_hangs_is_told_by_its_name(how: str, voice: Narrator) -> None:
    with pytest.raises(NothingCame, match=r"^cortexctl status.*: no answer within 0.1 s$"):
        ASKED[how](voice)


def test_the_demonstration_ends_in_words_and_with_the_end_of_the_log(
    voice: Narrator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class World:
        socket, log = tmp_path / "s", tmp_path / "log"

        def __init__(self, *, has_past: bool) -> None: ...

        def __enter__(self) -> World:
            return self

        def __exit__(self, *_: object) -> None:
            pass

    World.log.write_text("the last that the daemon said\n")
    monkeypatch.setattr(command, "World", World)
    monkeypatch.setattr(story, "tell", lambda world, voice: voice.types("status"))
    monkeypatch.setattr("probed.demo.command.signal.signal", lambda *_: None)

    assert command.main(pace=0) == 1
    assert capsys.readouterr().err == (
        "probed: cortexctl status: no answer within 0.1 s; the daemon's log ends:\nthe last that the daemon said\n"
    )
