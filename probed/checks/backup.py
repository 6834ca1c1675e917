"""The newest backup that some other program made: whether it is there, fresh, not empty, and about as large as those
before it.

Parameters: `path` (a folder, or a shell pattern that the backups fit), `max_age` (26h), `min_size` (100B), `shrink`
(50%; by how much it may be smaller than the smallest of the seven before it; `off`), `settle` (5m; a file that changed
less long ago may still be written, and is not judged by its size), `severity` (warning), `for` (0s).

Of a folder the files in it count, but hidden ones and those that end in `.tmp`, `.part` or `.partial`; where it holds
folders only, they do. A folder is one backup: as old as the last change of its list of names, empty without one, and of
no size. `min_size` tells a backup from the twenty bytes that remain of `pg_dump | gzip` when the first of them fails. A
finding means that a restore would bring back too little: look at the timer or cron job that makes the backup, and at
the last thing it said. No action fits by itself.

Example:
  - backup: {path: "/var/backups/db/*.dump", max_age: 26h, min_size: 1MB}
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field

from probed.checks.parameters import DurationBound, For, PercentBound, SizeBound, absolute, lasting
from probed.config.values import Duration
from probed.core.finding import Severity
from probed.core.inspection import age_text, duration_text
from probed.core.observation import CheckAnswer, Observation
from probed.core.size import size_text
from probed.host import artefacts
from probed.host.artefacts import Artefact

COMPARED = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    path: Annotated[str, AfterValidator(absolute)]
    max_age_s: Annotated[DurationBound, Field(alias="max_age")] = 26 * 3600.0
    min_size: SizeBound = 100
    shrink: PercentBound = 50.0
    settle_s: Annotated[float, Duration, Field(alias="settle")] = 300.0
    severity: Severity = Severity.WARNING
    for_s: For = 0.0


def look(params: Params) -> CheckAnswer:
    found = artefacts.newest_first(params.path)
    now = time.time()
    faults = list(_faults(found, params, now))
    return (
        Observation(
            params.path,
            _summary(params.path, found, faults, now),
            threshold=lasting(params.for_s),
            severity=params.severity if faults else None,
            evidence=_evidence(found, now),
        ),
    )


def _faults(found: Sequence[Artefact], params: Params, now: float) -> Iterator[str]:
    if not found:
        return (yield "there is no backup")
    newest = found[0]
    age_s = now - newest.made_at
    if params.max_age_s is not None and age_s > params.max_age_s:
        yield f"the newest backup is {age_text(age_s)} old, more than {duration_text(params.max_age_s)}"
    settled = next((each for each in found if now - each.made_at >= params.settle_s), None)
    if settled:
        yield from _size_faults(settled, found[found.index(settled) + 1 :], params)


def _size_faults(judged: Artefact, before: Sequence[Artefact], params: Params) -> Iterator[str]:
    if judged.is_empty:
        yield f"{judged.name} is empty"
        return
    if judged.size_bytes is None:
        return
    if params.min_size is not None and judged.size_bytes < params.min_size:
        yield f"{judged.name} has {size_text(judged.size_bytes)}, less than {size_text(params.min_size)}"
        return
    sizes = [each.size_bytes for each in before[:COMPARED] if each.size_bytes]
    if sizes and params.shrink is not None and judged.size_bytes < min(sizes) * (1 - params.shrink / 100):
        yield f"{judged.name} has {size_text(judged.size_bytes)}, those before it at least {size_text(min(sizes))}"


def _summary(path: str, found: Sequence[Artefact], faults: Sequence[str], now: float) -> str:
    if faults:
        return f"{path}: {' and '.join(faults)}"
    return f"{path}: the newest backup, {found[0].name}, is {age_text(now - found[0].made_at)} old"


def _evidence(found: Sequence[Artefact], now: float) -> dict[str, object]:
    if not found:
        return {"backups": 0}
    return {
        "backups": len(found),
        "newest": found[0].path,
        "age_s": round(now - found[0].made_at),
        "size_bytes": found[0].size_bytes,
        "sizes_before": [each.size_bytes for each in found[1 : COMPARED + 1]],
    }
