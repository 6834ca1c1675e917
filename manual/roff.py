"""Manual pages in man(7)'s language."""

from __future__ import annotations

import re
from collections.abc import Iterable

CODE = re.compile(r"`([^`]*)`")


def escaped(text: str) -> str:
    """Text of one line, or of several that stay as they are."""
    lines = text.replace("\\", "\\e").replace("-", "\\-").split("\n")
    return "\n".join(f"\\&{line}" if line[:1] in (".", "'") else line for line in lines)


def bold(text: str) -> str:
    return f"\\fB{escaped(text)}\\fR"


def prose(text: str) -> str:
    """A docstring's words; what stands between backticks is bold."""
    return "".join(bold(part) if number % 2 else escaped(part) for number, part in enumerate(CODE.split(text)))


def title(name: str, section: int, version: str) -> str:
    return f'.TH {name.upper()} {section} "" "Cortex {version}" "Cortex"\n.ad l'


def section(name: str, *blocks: str) -> str:
    return _headed(f".SH {name}", blocks)


def subsection(name: str, *blocks: str) -> str:
    return _headed(f'.SS "{escaped(name)}"', blocks)


def _headed(head: str, blocks: Iterable[str]) -> str:
    """A paragraph begins with a heading by itself."""
    return "\n".join([head, "\n".join(filter(None, blocks)).removeprefix(".PP\n")])


def paragraph(text: str) -> str:
    return f".PP\n{prose(text)}"


def as_it_is(text: str) -> str:
    return f".PP\n.nf\n{escaped(text)}\n.fi" if text else ""


def tagged(entries: Iterable[tuple[str, str]]) -> str:
    """What each name means."""
    return "\n".join(f".TP\n{bold(name)}\n{prose(text)}" for name, text in entries)
