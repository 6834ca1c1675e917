from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from pydantic import Field

from probed.agent.probes.parameters import Lines, PathOrNone
from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.reach import Reach
from probed.agent.probes.table import MAX_LINE, Table, moment
from probed.agent.probes.text import fitting, masked_lines
from probed.core.redaction import mask
from probed.core.size import size_text
from probed.host import log_history, shown_files


@dataclass(frozen=True, slots=True)
class Params:
    path: Annotated[
        PathOrNone,
        Field(description="a log, whose predecessors are read on into, compressed or not; empty: which logs there are"),
    ] = ""
    contains: Annotated[
        str, Field(max_length=200, description="a regular expression (RE2) that a line, or a log's path, fits")
    ] = ""
    lines: Lines = 50


def probe(reach: Reach) -> Probe[Params]:
    return Probe(
        "log_file",
        "Lines of a log file, newest first; without a path the log files, those written last first.",
        Params,
        looking("log_file", partial(look, reach)),
    )


def look(reach: Reach, params: Params) -> Table:
    fits = fitting(params.contains)
    if not params.path:
        return _logs(reach, params.lines, fits)
    return _lines(reach, shown_files.real_path(params.path, reach.shows_log), params.lines, _sifting(fits), None)


def _lines(reach: Reach, real: str, limit: int, sift: log_history.Sift, place: log_history.Place | None) -> Table:
    found = log_history.stretch(real, reach.shows_log, limit, sift, place)
    more = partial(_lines, reach, real, limit, sift, found.older) if found.older else None
    goes_on = more and len(found.lines) < limit
    note = f"looked through {size_text(found.looked_through)} and not yet further" if goes_on else ""
    return Table(("file", "line"), found.lines, limit=limit, note=note, max_cell=MAX_LINE, more=more)


def _sifting(fits: Callable[[str], bool]) -> log_history.Sift:
    """What is masked cannot be asked for."""
    return lambda lines: (text if fits(text) else "" for text in masked_lines(lines))


def _logs(reach: Reach, limit: int, fits: Callable[[str], bool]) -> Table:
    found = log_history.logs_below(reach.settings.log_roots)
    logs = sorted(((path, facts) for path, facts in found if fits(mask(path))), key=lambda each: -each[1].st_mtime)
    rows = [
        (path, round(facts.st_size / 2**20, 2), moment(datetime.fromtimestamp(facts.st_mtime, UTC)))
        for path, facts in logs
    ]
    return Table(("path", "mib", "written"), rows, limit=limit, note="" if rows else _nothing(reach.settings.log_roots))


def _nothing(roots: Sequence[str]) -> str:
    return f"nothing that fits is to be seen below {', '.join(roots) or 'any folder (agent.probes.log_roots is empty)'}"
