"""What the comparison of a model's numbers came to, as a cell."""

from __future__ import annotations

import json
from dataclasses import asdict

from probed.core.finding import Grounding
from probed.monitor.cells import to_json


def grounding_to_json(grounding: Grounding | None) -> str | None:
    return None if grounding is None else to_json(asdict(grounding))


def grounding_from_json(cell: str | None) -> Grounding | None:
    if cell is None:
        return None
    known = json.loads(cell)
    lists = {name: tuple(known[name]) for name in ("unsupported", "cites", "unknown")}
    return Grounding(known["claims"], known["supported"], **lists)
