"""How many jobs have failed in a spool folder.

Parameters: `folder`, `warning` (1), `critical` (none), `clear` (none), `for` (0s).
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from probed.checks.parameters import Bounds, NumberBound
from probed.core.observation import CheckAnswer, Observation
from probed.errors import CheckFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(Bounds):
    folder: str
    warning: NumberBound = 1.0


def look(params: Params) -> CheckAnswer:
    try:
        failed = sorted(name for name in os.listdir(params.folder) if name.endswith(".failed"))
    except OSError as error:
        raise CheckFailed(f"{params.folder}: {error.strerror}") from error
    summary = f"{len(failed)} jobs in {params.folder} have failed"
    evidence = {"failed": failed[:10]}
    return (Observation(params.folder, summary, float(len(failed)), "jobs", params.threshold, evidence=evidence),)
