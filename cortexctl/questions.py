"""Questions and their answers as lines for a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cortexctl.text import money, one_line, pairs, several_lines

if TYPE_CHECKING:
    from probed.wire.question import QuestionShape, SeenShape


def look_line(seen: SeenShape) -> str:
    failed = " (no answer)" if seen.failed else ""
    return one_line(f"  {seen.id}  {seen.probe} {pairs(seen.arguments)}".rstrip()) + failed


def answer_lines(question: QuestionShape) -> list[str]:
    return several_lines(question.answer)


def summary_lines(question: QuestionShape) -> Iterator[str]:
    """What the answer rests on and cost, or why there is none."""
    if question.state != "answered":
        yield one_line(f"no answer ({question.state}): {question.reason}")
    if question.unsupported:
        yield f"cited, and seen by nobody: {', '.join(question.unsupported)}"
    facts = [money(question.cost_usd), question.model, f"cortexctl questions show {question.id}"]
    yield one_line("; ".join(filter(None, facts)))
