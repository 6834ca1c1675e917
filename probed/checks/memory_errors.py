"""Memory that errs: what its checksums (ECC) have mended, what they could not, and what the kernel has given up.

Parameters: `correctable` (10, or off), errors that were mended `within` (24h), from where on they are a warning.

Each memory controller is an observation; its evidence names the modules. A mended error now and then is normal, many
are a module that will fail: plan its replacement. An error that could not be mended is critical and stays so until the
host is started anew: data were damaged or a program was ended, and it will happen again. `damaged pages`: memory that
the kernel has taken out of use, a warning. What is counted starts anew with each boot. Most hosts in the cloud have no
ECC that they could see. No action fits.

Example:
  - memory_errors: {correctable: 10, within: 24h}
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from probed.checks.parameters import NumberBound
from probed.config.values import Duration
from probed.core.finding import Severity
from probed.core.inspection import duration_text
from probed.core.observation import Absent, CheckAnswer, Memory, Observation
from probed.core.size import size_text
from probed.errors import NotHere
from probed.host import edac
from probed.host.edac import Controller

MOST_MARKS = 50
Marks = list[list[float]]
"""When the number of mended errors had changed, and what it then was; the oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    correctable: NumberBound = 10.0
    within: Annotated[float, Duration] = 86400.0


def look_since(params: Params, known: Memory) -> tuple[CheckAnswer, Memory]:
    damaged, now = _damaged_pages(), time.time()
    try:
        found = edac.controllers()
    except NotHere as missing:
        return (damaged, Absent(missing.what, missing.remedy)), known
    marks = {each.name: _marked(each, known.get(each.name), now - params.within, now) for each in found}
    return (damaged, *(_observation(each, marks[each.name], params) for each in found)), marks


def _damaged_pages() -> Observation:
    lost = edac.corrupted_bytes()
    summary = f"{size_text(lost)} of memory are damaged and out of use" if lost else "no memory is out of use"
    severity = Severity.WARNING if lost else None
    return Observation("damaged pages", summary, severity=severity, evidence={"bytes": lost})


def _marked(controller: Controller, known: Any, since: float, now: float) -> Marks:
    """With the newest mark from before the time that counts, which what came later is compared with."""
    marks: Marks = [list(mark) for mark in known] if isinstance(known, Sequence) else [[now, controller.correctable]]
    if controller.correctable < marks[-1][1]:  # started anew
        marks = [[now, 0]]
    if controller.correctable != marks[-1][1]:
        marks.append([now, controller.correctable])
    while len(marks) > 1 and (marks[1][0] < since or len(marks) > MOST_MARKS):
        del marks[0]
    return marks


def _observation(controller: Controller, marks: Marks, params: Params) -> Observation:
    mended = int(marks[-1][1] - marks[0][1])
    evidence = {**asdict(controller), "modules": [asdict(each) for each in controller.modules], "mended": mended}
    where = ", ".join(each.label for each in controller.modules)
    place = f" ({where})" if where else ""
    if controller.uncorrectable:
        summary = f"{controller.name}{place} has met {controller.uncorrectable} errors that it could not mend"
        return Observation(controller.name, summary, severity=Severity.CRITICAL, evidence=evidence)
    summary = f"{controller.name}{place} has mended {mended} errors within {duration_text(params.within)}"
    is_much = params.correctable is not None and mended >= params.correctable
    return Observation(controller.name, summary, severity=Severity.WARNING if is_much else None, evidence=evidence)
