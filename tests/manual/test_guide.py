"""What the guide and the README say can be typed. tests/e2e/test_guide.py types it, on a machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cortexctl.cli import ACT, LOOK, SET_UP
from manual import commands
from probed.config.documents import KEYS
from tests.manual.guide import GUIDE, TREE, Step, missing, pages, steps, steps_of

SKIPPED = {
    "ask": 2,
    "confinement": 1,
    "install": 5,
    "first-hour": 1,
    "actions": 1,
    "memories": 1,
    "tour": 11,
    "upgrade": 1,
    "web": 2,
}
"""How many blocks of a page are not executed, each with its reason."""
SHOWN = {"yaml", "ini", "console", "sh"}
"""Kinds of blocks; only the last two hold commands."""


def every_step() -> Iterator[Step]:
    for page in pages():
        yield from steps(page)


def test_every_page_of_the_guide_is_read_in_its_order() -> None:
    assert sorted(pages()) == sorted(path.stem for path in GUIDE.glob("*.md"))


@pytest.mark.parametrize("page", pages())
def test_a_block_says_what_it_is_and_only_few_are_not_executed(page: str) -> None:
    kinds = re.findall(r"^```(\w*)\n.*?^```$", (GUIDE / f"{page}.md").read_text(), re.MULTILINE | re.DOTALL)
    skipped = [step for step in steps(page) if step.skip]

    assert set(kinds) <= SHOWN
    assert len(skipped) == SKIPPED.get(page, 0)
    assert all(len(step.skip.split()) > 3 for step in skipped), "a reason is wanted"


def test_every_command_and_option_that_is_shown_exists() -> None:
    known = {command.words: command for command in commands.commands()}
    shown = [words for step in [*every_step(), *readme()] for words in calls(step.command)]
    unknown = [words for words in shown if not exists(words, known)]

    assert len(shown) > 50
    assert unknown == []


def test_the_keys_of_a_document_are_explained() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", (GUIDE / "inspections.md").read_text(), re.MULTILINE)

    assert set(rows) == set(KEYS)


def test_the_readme_shows_what_the_guide_has_executed() -> None:
    nouns = {words[1] for step in readme() for words in calls(step.command)}
    typed = {words[1] for step in every_step() if not step.skip for words in calls(step.command)}

    assert nouns <= {*LOOK, *ACT, *SET_UP}
    assert nouns - typed <= {"top"}


def test_outputs_are_compared_by_their_words() -> None:
    printed = "ID  WHEN\n01m8q  15 s ago  done\nend\n"

    assert missing(["01abc  now  done", "…", "end"], printed) == ""
    assert missing(["… done"], printed) == ""
    assert missing(["end", "ID  WHEN"], printed) == "ID  WHEN"
    assert missing(["01abc  now  failed"], printed) == "01abc  now  failed"


def test_blocks_are_read_with_what_stands_above_them() -> None:
    text = "<!-- test: exit=0,4; wait=ok -->\n```console\n$ one\nout\n$ two\n```\n\n```sh\nthree <<'EOF'\nx\nEOF\n```\n"

    assert list(steps_of(text, "page")) == [
        Step("page", 3, "one", ["out"]),
        Step("page", 3, "two", [], (0, 4), "ok"),
        Step("page", 9, "three <<'EOF'\nx\nEOF\n"),
    ]


def readme() -> list[Step]:
    return list(steps_of((TREE / "README.md").read_text(), "README"))


def calls(command: str) -> Iterator[list[str]]:
    """The words of each call of cortexctl in a script."""
    for found in re.findall(r"\bcortexctl( [^#\n|>&\"']*)", re.sub(r"<<'EOF'.*?^EOF$", "", command, flags=re.M | re.S)):
        yield ["cortexctl", *found.split()]


def exists(words: list[str], known: dict[str, commands.Command]) -> bool:
    command = known.get(" ".join(words[:3])) or known.get(" ".join(words[:2]))
    if command is None:
        return words[1:] in (["--help"], [])
    options = {name for option in command.options for name in option.written.split(" ")[0].split(",")}
    options |= {name.strip(",") for option in command.options for name in option.written.split() if name[:1] == "-"}
    return {word for word in words if word.startswith("--")} <= options | {"--help"}


def test_paths_of_the_guide_exist() -> None:
    named = {
        path for page in pages() for path in re.findall(r"tests/[\w/]+(?:\.py)?", (GUIDE / f"{page}.md").read_text())
    }

    assert named
    assert [path for path in named if not Path(TREE / path).exists()] == []
