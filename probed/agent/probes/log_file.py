from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from pydantic import Field

from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.reach import Reach
from probed.agent.probes.table import MAX_LINE, Table, moment
from probed.agent.probes.text import masked_lines
from probed.core.regex import compile_regex
from probed.core.size import size_text
from probed.errors import ParameterError
from probed.host import log_history, shown_files


@dataclass(frozen=True, slots=True)
class Params:
    path: Annotated[
        str,
        Field(
            pattern=r"^(/[^\x00]*)?$",
            max_length=1000,
            description="a log, whose predecessors are read on into, compressed or not; empty: which logs there are",
        ),
    ] = ""
    contains: Annotated[
        str, Field(max_length=200, description="a regular expression (RE2) that a line, or a log's path, fits")
    ] = ""
    lines: Annotated[int, Field(ge=1, le=200, description="at most so many")] = 50


def probe(reach: Reach) -> Probe[Params]:
    return Probe(
        "log_file",
        "Lines of a log file, newest first; without a path the log files, those written last first.",
        Params,
        looking("log_file", partial(look, reach)),
    )


def look(reach: Reach, params: Params) -> Table:
    fits = _fitting(params.contains)
    if not params.path:
        return _logs(reach, params.lines, fits)
    return _lines(reach, shown_files.real_path(params.path, reach.shows_log), params.lines, fits, None)


def _lines(reach: Reach, real: str, limit: int, fits: log_history.Fits, place: log_history.Place | None) -> Table:
    found = log_history.stretch(real, reach.shows_log, limit, fits, place)
    texts = list(masked_lines(text for _, text in reversed(found.lines)))[::-1]
    rows = [(file, text) for (file, _), text in zip(found.lines, texts, strict=True)]
    more = partial(_lines, reach, real, limit, fits, found.older) if found.older else None
    note = f"looked through {size_text(found.looked_through)} and not yet further" if len(rows) < limit and more else ""
    return Table(("file", "line"), rows, limit=limit, note=note, max_cell=MAX_LINE, more=more)


def _logs(reach: Reach, limit: int, fits: log_history.Fits) -> Table:
    found = log_history.logs_below(reach.settings.log_roots)
    logs = sorted(((path, facts) for path, facts in found if fits(path)), key=lambda each: -each[1].st_mtime)
    rows = [
        (path, round(facts.st_size / 2**20, 2), moment(datetime.fromtimestamp(facts.st_mtime, UTC)))
        for path, facts in logs
    ]
    return Table(("path", "mib", "written"), rows, limit=limit, note="" if rows else _nothing(reach.settings.log_roots))


def _nothing(roots: Sequence[str]) -> str:
    return f"nothing that fits is to be seen below {', '.join(roots) or 'any folder (agent.probes.log_roots is empty)'}"


def _fitting(expression: str) -> log_history.Fits:
    if not expression:
        return lambda text: True
    try:
        regex = compile_regex(expression)
    except ValueError as error:
        raise ParameterError("contains", str(error)) from error
    return lambda text: regex.occurs_in(text.encode(errors="replace").decode())
