"""The commands of the guide, as its pages show them.

A block ```console holds commands behind `$ ` and below each what it prints; a block ```sh is one script. A comment
above says what is special: `<!-- test: exit=0,4 -->` how it may end, `wait=WORD` that it is repeated until it prints
the word, `example` that what it prints depends on the host, `skip WHY` that it is not executed here. In what is
printed `…` stands for anything, and a number for any number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

TREE = Path(__file__).parents[2]
GUIDE = TREE / "docs" / "guide"
NAV = re.compile(r"guide/([\w-]+)\.md")
BLOCK = re.compile(
    r"(?:^<!-- test: (?P<notes>.*?) -->\n)?^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
PROMPT = "$ "
ANYTHING = "…"
TIME = re.compile(r"\b\d[\d.,]* ?(?:ms|s|min|h|d)\b(?: ago)?|\bnow\b")
NUMBER = re.compile(r"\b\w*\d[\w.]*")


@dataclass(frozen=True)
class Step:
    page: str
    line: int
    command: str
    expected: Sequence[str] = ()
    """Lines of its output, in their order; lines between them are not named."""
    exits: Sequence[int] = (0,)
    wait: str = ""
    skip: str = ""

    def __str__(self) -> str:
        return f"{self.page}.md:{self.line}: {self.command}"


def pages() -> Sequence[str]:
    """Their names in the order in which the site shows them, which is that of a reader who follows it."""
    return NAV.findall((TREE / "mkdocs.yml").read_text())


def steps(page: str) -> Iterator[Step]:
    yield from steps_of((GUIDE / f"{page}.md").read_text(), page)


def steps_of(text: str, page: str) -> Iterator[Step]:
    for block in BLOCK.finditer(text):
        notes, line = block["notes"] or "", text.count("\n", 0, block.start("text")) + 1
        kept = {
            "exits": tuple(map(int, found[1].split(","))) if (found := re.search(r"exit=([\d,]+)", notes)) else (0,),
            "wait": found[1] if (found := re.search(r"wait=(\w+)", notes)) else "",
            "skip": notes.removeprefix("skip ") if notes.startswith("skip ") else "",
        }
        if block["kind"] == "sh":
            yield Step(page, line, block["text"], **kept)  # type: ignore[arg-type]
        elif block["kind"] == "console":
            for step in _prompted(page, line, block["text"], kept):
                yield replace(step, expected=()) if "example" in notes else step


def _prompted(page: str, line: int, text: str, kept: dict[str, object]) -> Iterator[Step]:
    """How it may end is said of the last command of the block; the others end well."""
    shown = re.split(rf"^{re.escape(PROMPT)}", text, flags=re.MULTILINE)[1:]
    for number, each in enumerate(shown):
        command, *expected = each.splitlines()
        is_last = number == len(shown) - 1
        yield Step(page, line, command, expected, **(kept if is_last else {"skip": kept["skip"]}))  # type: ignore[arg-type]


def missing(expected: Sequence[str], printed: str) -> str:
    """The first expected line that is not printed behind the ones before it; empty: all are."""
    lines = iter([_plain(line) for line in printed.splitlines()])
    for wanted in expected:
        pattern = ".*".join(re.escape(part) for part in _plain(wanted).split(ANYTHING))
        if _plain(wanted) != ANYTHING and not any(re.fullmatch(pattern, line) for line in lines):
            return wanted
    return ""


def _plain(line: str) -> str:
    """Without what differs from host to host and from time to time."""
    return " ".join(NUMBER.sub("0", TIME.sub("0", line)).split())
