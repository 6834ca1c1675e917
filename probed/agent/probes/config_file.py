from __future__ import annotations

import glob
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from pydantic import Field

from probed.agent.probes.parameters import PathOrNone
from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.reach import Reach
from probed.agent.probes.table import Table, moment
from probed.agent.probes.text import decoded, lines_table
from probed.errors import HostFailed
from probed.host import shown_files

MAX_BYTES = 262_144
MOST_FILES = 500


@dataclass(frozen=True, slots=True)
class Params:
    path: Annotated[
        PathOrNone, Field(description="a file of configuration that the operator allows; empty: which ones there are")
    ] = ""
    lines: Annotated[int, Field(ge=1, le=400, description="at most so many")] = 200


def probe(reach: Reach) -> Probe[Params]:
    return Probe(
        "config_file",
        "A file of configuration with its secrets masked; without a path those that may be shown, changed last first.",
        Params,
        looking("config_file", partial(look, reach)),
    )


def look(reach: Reach, params: Params) -> Table:
    if not params.path:
        return _files(reach, params.lines)
    real = shown_files.real_path(params.path, reach.shows_config)
    with shown_files.opened(real) as descriptor:
        content = os.pread(descriptor, MAX_BYTES + 1, 0)
    lines = decoded(content[:MAX_BYTES])
    if lines is None:
        raise HostFailed(f"{params.path} is no text")
    note = f"the file has more than {MAX_BYTES} bytes" if len(content) > MAX_BYTES else ""
    return lines_table(lines, params.lines, note, is_config=True)


def _files(reach: Reach, limit: int) -> Table:
    patterns = [each for each in reach.settings.config_files if each.startswith("/")]
    paths = {path for pattern in patterns for path in glob.glob(pattern) if reach.shows_config(path)}
    facts = [(path, os.lstat(path)) for path in sorted(paths)[:MOST_FILES] if os.path.isfile(path)]
    facts.sort(key=lambda each: -each[1].st_mtime)
    rows = [(path, found.st_size, moment(datetime.fromtimestamp(found.st_mtime, UTC))) for path, found in facts]
    return Table(("path", "bytes", "changed"), rows, limit=limit, total=max(len(rows), len(paths)))
