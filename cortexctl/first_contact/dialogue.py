"""Questions to whoever sets Cortex up, and what came of the answers."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from cortexctl.failure import Failure
from cortexctl.output import Output
from cortexctl.text import one_line

YES_OR_NO = {"y": "yes", "yes": "yes", "n": "no", "no": "no"}


class InputEnded(Failure):
    """Nobody answers any more."""


@dataclass
class Dialogue:
    output: Output
    is_script: bool
    """Nobody is asked: each question has its answer for that."""
    written: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def tell(self, words: str) -> None:
        say = self.output.say if self.is_script else self.output.insist
        say(f"  {one_line(words)}")

    def confirm(self, question: str, *, default: bool, in_script: bool) -> bool:
        if self.is_script:
            return in_script
        return self._ask(f"{question} [{'Y/n' if default else 'y/N'}]", YES_OR_NO, "yes" if default else "no") == "yes"

    def choose(self, question: str, options: tuple[str, ...], default: str) -> str:
        """By its name or its first letter; `default` in a script."""
        if self.is_script:
            return default
        names = {name: name for name in options} | {name[0]: name for name in options}
        return self._ask(f"{question} ({', '.join(options)}) [{default}]", names, default)

    def _ask(self, question: str, answers: Mapping[str, str], default: str) -> str:
        while True:
            print(f"  {question} ", end="", file=sys.stderr, flush=True)
            line = sys.stdin.readline()
            if not line:
                raise InputEnded("the input has ended before the last answer")
            typed = line.strip().lower()
            if not typed:
                return default
            if typed in answers:
                return answers[typed]
            self.tell(f"{typed!r} is no answer; type {' or '.join(dict.fromkeys(answers.values()))}")
