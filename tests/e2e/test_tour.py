"""The tour of the guide, taken in the world that it is about: by the page's commands, and by its keys."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.manual.guide import GUIDE, missing, steps
from tests.real.daemon import BIN
from tests.real.terminal import Terminal

TOUR = (sys.executable, "-P", "-m", "probed", "demo", "--tour", "--pace", "0")
WITHIN_S = 120.0
ATTENTION = 4
PAGE = (GUIDE / "tour.md").read_text()


class Tour:
    def __init__(self, socket: str) -> None:
        self.socket = socket

    def ctl(self, command: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "CORTEX_SOCKET": self.socket, "PATH": f"{BIN}:{os.environ['PATH']}"}
        return subprocess.run(["sh", "-c", command], env=env, capture_output=True, text=True, timeout=60)

    def items(self, words: str) -> list[Mapping[str, str]]:
        found: list[Mapping[str, str]] = json.loads(self.ctl(f"cortexctl {words} --json").stdout)["items"]
        return found

    def id_for(self, command: str) -> str:
        """Of what the page means."""
        if "decisions" in command:
            return next(each["id"] for each in self.items("decisions list") if each["state"] == "waiting")
        if "alerts" in command:
            return next(each["id"] for each in self.items("alerts list") if "payments:443" in each["summary"])
        if "runs" in command:
            return next(
                each["id"] for each in self.items("runs list --inspection log") if each["trigger"] == "operator"
            )
        return self.items("incidents list")[0]["id"]


@contextmanager
def tour(folder: Path) -> Iterator[Tour]:
    """It is gone at its end, with all that it has made."""
    said = folder / "said"
    made = folder / "made"
    made.mkdir()
    with said.open("wb") as output:
        process = subprocess.Popen(
            TOUR, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env={**os.environ, "TMPDIR": str(made)}
        )
    try:
        end = time.monotonic() + WITHIN_S
        while "docs/guide/tour.md" not in said.read_text():
            assert process.poll() is None, said.read_text()
            assert time.monotonic() < end, said.read_text()
            time.sleep(0.1)
        yield Tour(socket_in(said.read_text()))
    finally:
        process.terminate()
        assert process.wait(60) == 130, said.read_text()
    assert "nothing of it is left" in said.read_text()
    assert list(made.iterdir()) == []


def test_every_command_of_the_page_does_what_it_says(tmp_path: Path) -> None:
    typed = [step for step in steps("tour") if step.command.startswith("cortexctl ")]
    assert len(typed) > 8
    with tour(tmp_path) as world:
        for step in typed:
            is_about_one = re.search(r"\bID\b", step.command)
            command = re.sub(r"\bID\b", world.id_for(step.command), step.command) if is_about_one else step.command

            done = world.ctl(command)

            assert done.returncode in (0, ATTENTION), f"{step}\n{done.stdout}{done.stderr}"
            assert missing(step.expected, done.stdout + done.stderr) == "", f"{step}\n{done.stdout}{done.stderr}"


def test_a_fix_is_approved_and_a_noise_silenced_by_the_keys_that_the_page_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = re.findall(r"^\| (?:approve|silence).*?\|(.*?)\|", PAGE, re.MULTILINE)
    approve, silence = (re.findall(r"`(\w+)`", row) for row in rows)
    assert max(len(approve), len(silence)) <= 3
    made = tmp_path / "made"
    made.mkdir()
    monkeypatch.setenv("TMPDIR", str(made))
    with Terminal(tmp_path, TOUR, columns=160, lines=40) as terminal:
        terminal.shows("Enter opens the dashboard here", WITHIN_S)
        world = Tour(socket_in(terminal.screen))
        terminal.type("Enter")
        terminal.shows("continue_process", WITHIN_S)
        terminal.type(approve[0])
        terminal.shows("Approve exactly this, once?")
        terminal.type(*approve[1:])
        terminal.until(lambda: bool(world.items("changes list")), "a change", WITHIN_S)
        terminal.type(silence[0])
        terminal.shows("/ Filter")
        terminal.type(silence[1])
        terminal.shows("Not tell this for a while?")
        terminal.type(*silence[2:])
        terminal.until(lambda: len(world.items("silences list")) == 1, "a silence", WITHIN_S)
        terminal.type("q")
        terminal.until(lambda: terminal.has_ended, "the end", WITHIN_S)
        assert terminal.exit_code == 0
    assert list(made.iterdir()) == []


def socket_in(text: str) -> str:
    [found] = re.findall(r"export CORTEX_SOCKET=(\S+)", text)
    return str(found)
