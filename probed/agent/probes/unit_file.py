from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.table import Table
from probed.agent.probes.text import lines_table
from probed.host import systemd, unit_files

VARIABLES = re.compile(r"(?i)^\s*Environment\s*=")
COMMENT = re.compile(r"\s*[#;]")
VARIABLE = re.compile(r"([A-Za-z_]\w*)=\S*")
CREDENTIAL = re.compile(r"(?i)^(\s*SetCredential(?:Encrypted)?\s*=\s*[^:]*:).*")
HIDDEN = "***value***"


@dataclass(frozen=True, slots=True)
class Params:
    unit: Annotated[str, Field(pattern=r"^[\w@.:\\][\w@.:\\-]*$", max_length=200, description="such as nginx.service")]
    lines: Annotated[int, Field(ge=1, le=400, description="at most so many")] = 200


def look(params: Params) -> Table:
    name = systemd.full_name(params.unit)
    lines = unit_files.lines(name)
    note = "systemd has not read these files yet: daemon-reload" if unit_files.needs_reload(name) else ""
    return lines_table(without_values(lines), params.lines, note, is_config=True)


def without_values(lines: Iterable[str]) -> Iterator[str]:
    """Without those of variables and credentials, whatever lines they go on over, comments between them too."""
    hides = ""
    for line in lines:
        goes_on, hides_here = line.endswith("\\") or bool(hides and COMMENT.match(line)), hides
        if not hides:
            hides_here = "variables" if VARIABLES.match(line) else "credential" if CREDENTIAL.match(line) else ""
        if hides_here == "variables":
            yield _hidden_variables(line, is_first=not hides)
        elif hides_here:
            yield HIDDEN if hides else CREDENTIAL.sub(rf"\1{HIDDEN}", line)
        else:
            yield line
        hides = hides_here if goes_on else ""


def _hidden_variables(line: str, *, is_first: bool) -> str:
    """The names stay; what is no assignment that can be told from its value goes as a whole."""
    head, text = (line.partition("=")[0] + "=", line.partition("=")[2]) if is_first else ("", line)
    names = VARIABLE.findall(text.replace('"', " ").replace("'", " "))
    return head + (" ".join(f"{name}={HIDDEN}" for name in names) or HIDDEN)


PROBE = Probe(
    "unit_file",
    "The file of a unit of systemd with what was dropped in; values of variables and credentials are hidden.",
    Params,
    looking("unit_file", look),
)
