"""What the probes of a run answered, for people: each question with its id, and its rows below."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cortexctl.text import one_line

if TYPE_CHECKING:
    from cortexctl.output import Output
    from probed.wire.run import EvidenceOfRunShape, EvidenceShape

MOST_ROWS = 20
"""Of one answer; the whole stands in the JSON."""
SAID = ("truncated", "note")


def emit_evidence(output: Output, evidence: EvidenceOfRunShape, *, as_json: bool) -> None:
    if as_json:
        output.emit_json(evidence, rows="questions")
        return
    for item in evidence.questions:
        output.emit(output.paint(f"{one_line(item.id)}  {one_line(_question(item))}", "bold"))
        output.emit_lines(f"  {one_line(line)}" for line in _answer(item))


def _question(item: EvidenceShape) -> str:
    given = ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in item.arguments.items())
    return f"{item.probe}({given})"


def _answer(item: EvidenceShape) -> list[str]:
    answer: dict[str, Any] = json.loads(item.answer)
    if item.failed:
        return [f"no answer: {answer.get('failed')}"]
    rows = [*answer.get("rows", ()), *answer.get("last_rows", ())]
    shown = [_row(row) for row in rows[:MOST_ROWS]]
    if len(rows) > MOST_ROWS:
        shown.append(f"… {len(rows) - MOST_ROWS} more rows: --json")
    return [_row(answer.get("columns", ())), *shown, *(str(answer[name]) for name in SAID if name in answer)]


def _row(cells: list[Any]) -> str:
    return " | ".join("-" if cell is None else str(cell) for cell in cells)
