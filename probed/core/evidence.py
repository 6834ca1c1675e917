"""Evidence as it is kept with a run: a line of JSON for each question that was asked through a probe."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

from probed.core.investigation import Evidence
from probed.core.redaction import mask_within


def lines_of(evidence: Iterable[Evidence]) -> str:
    """Answers as they were given, which were masked before that; what a model asked for is masked here."""
    return "".join(f"{_line(each)}\n" for each in evidence)


def evidence_in(lines: str) -> tuple[Evidence, ...]:
    return tuple(Evidence(**json.loads(line)) for line in lines.split("\n") if line)


def _line(evidence: Evidence) -> str:
    content = asdict(evidence) | {"arguments": mask_within(evidence.arguments)}
    return json.dumps(content, ensure_ascii=False).encode(errors="replace").decode()
