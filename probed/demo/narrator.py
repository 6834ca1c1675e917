"""The voice of the demonstration: what happens, what is typed, and what that prints."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from probed.errors import CortexError

WAIT_S = 60.0
"""For what the daemon is to do."""
ANSWER_S = 60.0
"""For a command."""
PASSED = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "TERM", "NO_COLOR", "COLUMNS")
BOLD, DIM, PLAIN = "\033[1m", "\033[2m", "\033[0m"


class NothingCame(CortexError):
    """What the demonstration waits for did not happen."""


class Narrator:
    def __init__(self, socket: Path, pace: float) -> None:
        """`pace`: how many seconds a second of reading takes."""
        self._socket, self._pace = socket, pace
        self._is_shown = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def title(self, words: str) -> None:
        print(f"\n{self._painted(words, BOLD)}", flush=True)

    def say(self, words: str, *, read_s: float = 2.0) -> None:
        print(words, flush=True)
        self.pause(read_s)

    def pause(self, seconds: float) -> None:
        time.sleep(seconds * self._pace)

    def types(self, *words: str, since: str = "", read_s: float = 3.0) -> None:
        """A command of cortexctl, with its real output; of a long one what comes from the line on that begins so.
        Raises NothingCame."""
        print(self._painted(f"$ {_command(words)}", DIM), flush=True)
        if since:
            self._print_since(since, words)
        else:
            self._run(words)
        self.pause(read_s)

    def _print_since(self, since: str, words: tuple[str, ...]) -> None:
        lines = self._run(words, shown=False).stdout.splitlines()
        first = next((place for place, line in enumerate(lines) if line.startswith(since)), 0)
        print("\n".join(["…", *lines[first:]]), flush=True)

    def tells(self, *words: str) -> Any:
        """What a command says as JSON; None where it says nothing. Raises NothingCame."""
        said = self._run((*words, "--json"), shown=False).stdout
        return json.loads(said) if said.strip() else None

    def items(self, *words: str) -> list[Mapping[str, Any]]:
        found = self.tells(*words)
        return found["items"] if found else []

    def wait_for(self, what: str, found: Callable[[], Any]) -> Any:
        """Raises NothingCame."""
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            if result := found():
                return result
            time.sleep(0.3)
        raise NothingCame(f"{what} did not come within {WAIT_S:g} s")

    def asks(self, question: str, within_s: float) -> bool:
        """The viewer's yes or no; yes by itself after a while, or where nobody is there, which is said."""
        if not sys.stdin.isatty():
            self.say(f"{question}\n  (Nobody is at the keyboard: the demonstration says yes.)")
            return True
        print(f"{question} [Y/n] (yes by itself in {within_s:g} s) ", end="", flush=True)
        readable, _, _ = select.select([sys.stdin], [], [], within_s)
        if not readable:
            print("\n  (No answer: the demonstration says yes.)", flush=True)
            return True
        return not sys.stdin.readline().strip().lower().startswith("n")

    def hands_over(self, *words: str) -> None:
        """A command that is the viewer's until they leave it."""
        self._run(words, is_awaited=False)

    def _run(
        self, words: tuple[str, ...], *, shown: bool = True, is_awaited: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Raises NothingCame."""
        argv = [sys.executable, "-P", "-m", "cortexctl", *words]
        within_s = ANSWER_S if is_awaited else None
        try:
            return subprocess.run(
                argv, env=self._environment(), capture_output=not shown, text=True, timeout=within_s, check=False
            )
        except subprocess.TimeoutExpired as hung:
            raise NothingCame(f"{_command(words)}: no answer within {ANSWER_S:g} s") from hung

    def _environment(self) -> dict[str, str]:
        passed = {name: os.environ[name] for name in PASSED if name in os.environ}
        return {**passed, "CORTEX_SOCKET": str(self._socket)}

    def _painted(self, words: str, colour: str) -> str:
        return f"{colour}{words}{PLAIN}" if self._is_shown else words


def _command(words: tuple[str, ...]) -> str:
    return f"cortexctl {' '.join(map(_quoted, words))}"


def _quoted(word: str) -> str:
    return f'"{word}"' if " " in word else word
