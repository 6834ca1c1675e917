"""First contact with a real daemon, typed in a real terminal."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.real.daemon import BIN, RealDaemon
from tests.real.terminal import Terminal

ONLY = ("--only", "inspections", "--only", "message", "--only", "mode")


@pytest.fixture
def served() -> Iterator[None]:
    """This host serves a port, so that there is something to find."""
    with socket.socket() as listener:
        for port in range(20_000, 32_000):
            with suppress(OSError):
                listener.bind(("127.0.0.1", port))
                break
        listener.listen(100)
        yield


@pytest.mark.usefixtures("served")
def test_it_is_typed_through_wrongly_refused_and_then_done(tmp_path: Path) -> None:
    with RealDaemon(tmp_path) as daemon:
        words: list[str | Path] = [BIN / "cortexctl", "--socket", daemon.socket, "init", *ONLY]
        first, second = tmp_path / "first", tmp_path / "second"
        first.mkdir()
        second.mkdir()
        with Terminal(first, words, columns=200, lines=200) as terminal:
            terminal.shows("Write them?")
            terminal.type("perhaps", "Enter")
            terminal.shows("'perhaps' is no answer; type yes or no")
            terminal.type("n", "Enter")
            terminal.shows("later: cortexctl discover --write")
            terminal.shows("Send a message for trying by journal?")
            terminal.type("n", "Enter")
            terminal.shows("Which?")
            terminal.type("Enter")
            terminal.shows("Nothing was written.")
            assert terminal.exit_code == 0
        assert list(daemon.inspections.iterdir()) == []

        with Terminal(second, words, columns=200, lines=200) as terminal:
            terminal.shows("Write them?")
            terminal.type("y", "Enter")
            terminal.shows("in force:")
            terminal.shows("Send a message for trying by journal?")
            terminal.type("y", "Enter")
            terminal.shows("journal took it in")
            terminal.shows("Which?")
            terminal.type("act", "Enter")
            terminal.shows("the mode: act")
            assert terminal.exit_code == 0
        written = {path.stem for path in daemon.inspections.glob("*.md")}
        assert written
        assert {each["id"] for each in daemon.items("inspections")} == written
        assert json.loads(daemon.ctl("mode", "--json").stdout)["mode"] == "act"

        again = daemon.ctl("init", "--yes", *ONLY, "--skip", "message", timeout_s=120)

    assert again.returncode == 0, again.stderr
    assert "mode act" in again.stderr


@pytest.mark.usefixtures("served")
def test_with_the_daemon_down_it_does_what_needs_none(tmp_path: Path) -> None:
    daemon = RealDaemon(tmp_path)
    daemon.write_config()

    done = daemon.ctl("init", "--yes", *ONLY, timeout_s=120)

    assert done.returncode == 0, done.stderr
    assert f"none answers at {daemon.socket}" in done.stderr
    assert done.stderr.count("left out: no daemon answers") == 2
    assert list(daemon.inspections.glob("*.md"))
