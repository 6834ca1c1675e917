"""The documents that discovery writes: a new one from its kind, or the lines of one that is there."""

from __future__ import annotations

import difflib

from probed.discovery.lines import Step
from probed.discovery.proposal import Kind

NOTE = "# Found by `cortexctl discover`. Change what you like: a line that you changed or removed stays yours."


def new_text(kind: Kind, step: Step) -> str:
    head = [
        "---",
        NOTE,
        f"id: {kind.id}",
        f"title: {kind.title}",
        f"schedule: {kind.schedule}",
        "checks:",
        *(line.text for line in step.added),
        *([f"actions: {kind.actions}"] if kind.actions else []),
        "---",
    ]
    return "\n".join(head) + f"\n{kind.body.strip()}\n"


def changed_text(text: str, step: Step) -> str:
    """Raises ValueError where the document has no list of checks in lines of its own to add to."""
    lines = text.split("\n")
    for before, after in step.replaced:
        place = lines.index(before.text)
        lines[place : place + 1] = [line.text for line in after]
    if step.added:
        place = _end_of_checks(lines)
        lines[place:place] = [line.text for line in step.added]
    return "\n".join(lines)


def _end_of_checks(lines: list[str]) -> int:
    """Behind the last line of `checks:`."""
    if "checks:" not in lines:
        raise ValueError("it has no list `checks:` with a line for each check")
    place = lines.index("checks:") + 1
    while place < len(lines) and lines[place][:1] in (" ", "-", "#") and lines[place].rstrip() != "---":
        place += 1
    return place


def is_empty(text: str) -> bool:
    """Whether no check is left in it."""
    lines = text.split("\n")
    place = lines.index("checks:") + 1 if "checks:" in lines else 0
    return bool(place) and not any(line.lstrip().startswith("-") for line in lines[place : _end_of_checks(lines)])


def difference(path: str, before: str, after: str) -> str:
    """As `diff -u`; empty where there is none."""
    first, second = (path if text else "/dev/null" for text in (before, after))
    return "\n".join(difflib.unified_diff(before.splitlines(), after.splitlines(), first, second, n=2, lineterm=""))


def lines_in(text: str) -> frozenset[str]:
    return frozenset(text.split("\n"))
