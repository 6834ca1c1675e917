"""Changes as a Markdown document. Much of it comes from the watched host: none of it becomes markup."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from cortexctl.text import call_text, one_line, several_lines

if TYPE_CHECKING:
    from probed.wire.change import ChangeShape

MARKUP = re.compile(r"([\\`*_\[\]<>#|~&])")


def document_lines(changes: Sequence[ChangeShape]) -> Iterator[str]:
    yield "# Changes"
    yield ""
    yield f"{len(changes)} changes." if len(changes) != 1 else "1 change."
    for change in changes:
        yield ""
        yield from change_lines(change)


def change_lines(change: ChangeShape) -> Iterator[str]:
    yield f"## {plain(change.started_at)} {change.change_class}: {plain(call_text(change.action))}"
    yield ""
    facts = [
        ("Outcome", plain(change.outcome.replace("_", " "))),
        ("Object", plain(change.object)),
        ("Allowed by", plain(f"{change.by} ({change.level})")),
        ("Impact", plain(change.impact)),
        ("Ended", plain(change.ended_at)),
        ("Verification", plain(change.detail)),
        ("Roll-back", plain(roll_back_words(change))),
        ("Change", f"`{change.id}`"),
    ]
    yield from (f"- {name}: {value}" for name, value in facts if value)
    yield from block("Dry run", several_lines(change.dry_run) if change.dry_run else [])
    if change.steps:
        yield from ("", "Steps:", "", *(f"{number}. {plain(step)}" for number, step in enumerate(change.steps, 1)))
    yield from block("Before", json_lines(change.before))
    yield from block("After", json_lines(change.after))


def roll_back_words(change: ChangeShape) -> str:
    if change.roll_back:
        return change.roll_back
    if change.confirmed_by:
        return f"confirmed by {change.confirmed_by}"
    if change.revert_at:
        return f"at {change.revert_at}, unless somebody confirms it"
    return "possible" if change.reversible else "irreversible"


def plain(text: str) -> str:
    return MARKUP.sub(r"\\\1", one_line(text))


def block(title: str, lines: Sequence[str]) -> Iterator[str]:
    """Indented, because nothing in an indented block can end it."""
    if lines:
        yield from ("", f"{title}:", "", *(f"    {line}" for line in lines))


def json_lines(facts: Mapping[str, object]) -> list[str]:
    return several_lines(json.dumps(facts, indent=2, ensure_ascii=False)) if facts else []
