"""A real terminal: tmux, with a server of its own."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from tests.real.packages import program

WITHIN_S = 120.0


class Terminal:
    """Runs one command; `screen` is what a person would see."""

    def __init__(self, folder: Path, command: Sequence[str | Path], columns: int = 80, lines: int = 24) -> None:
        self._tmux = [program("tmux", "tmux"), "-u", "-f", "/dev/null", "-S", str(folder / "tmux")]
        self._exit = folder / "exit"
        self._words = f"{shlex.join(map(str, command))}; echo $? > {shlex.quote(str(self._exit))}"
        self._size = ["-x", str(columns), "-y", str(lines)]

    def __enter__(self) -> Terminal:
        self._run("new-session", "-d", *self._size, self._words)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._run("kill-server", check=False)

    @property
    def screen(self) -> str:
        return self._run("capture-pane", "-p", check=False)

    @property
    def pid(self) -> int:
        """Of the shell that runs the command."""
        return int(self._run("list-panes", "-F", "#{pane_pid}"))

    @property
    def has_ended(self) -> bool:
        return self._exit.exists() and self._exit.read_text() != ""

    @property
    def exit_code(self) -> int:
        self.until(lambda: self.has_ended, "the end")
        return int(self._exit.read_text())

    def type(self, *keys: str) -> None:
        self._run("send-keys", *keys)

    def shows(self, words: str, within_s: float = WITHIN_S) -> None:
        self.until(lambda: words in self.screen, repr(words), within_s)

    def until(self, holds: Callable[[], bool], what: str, within_s: float = WITHIN_S) -> None:
        end = time.monotonic() + within_s
        while not holds():
            assert time.monotonic() < end, f"not within {within_s:g} s: {what}\n{self.screen}"
            time.sleep(0.05)

    def _run(self, *words: str, check: bool = True) -> str:
        env = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
        env.pop("TMUX", None)
        done = subprocess.run(
            [*self._tmux, *words], capture_output=True, text=True, timeout=30, check=check, env=env, encoding="utf-8"
        )
        return done.stdout
