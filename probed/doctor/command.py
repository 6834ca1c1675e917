"""`probed doctor`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from probed.core.redaction import mask
from probed.doctor.account import take_daemons_place
from probed.doctor.examination import examine
from probed.doctor.installation import read_installation
from probed.doctor.line import DoctorLine, Status, worst

HEALTHY, SICK, CONFIGURATION = 0, 1, 2
COLOURS = {Status.PASS: "32", Status.WARN: "33", Status.FAIL: "31"}


def main(config_path: Path | None, *, as_json: bool, production: bool = False) -> int:
    """Exit code 1 where a line fails, 2 where the configuration cannot be used."""
    installation = read_installation(config_path)
    if installation.settings and take_daemons_place(installation.settings):
        installation = read_installation(config_path)
    lines = [
        replace(line, detail=mask(line.detail), remedy=mask(line.remedy))
        for line in examine(installation, production=production)
    ]
    print(_as_json(lines) if as_json else _as_text(lines))
    if installation.unusable:
        return CONFIGURATION
    return SICK if worst(lines) is Status.FAIL else HEALTHY


def _as_json(lines: Sequence[DoctorLine]) -> str:
    return json.dumps({"status": worst(lines), "lines": [asdict(line) for line in lines]}, indent=2)


def _as_text(lines: Sequence[DoctorLine]) -> str:
    width = max(len(line.name) for line in lines)
    return "\n".join(text for line in lines for text in _texts(line, width))


def _texts(line: DoctorLine, width: int) -> list[str]:
    first, *others = line.detail.splitlines()
    indent = " " * (width + 8)
    remedy = [f"{indent}→ {line.remedy}"] if line.remedy else []
    return [f"{_painted(line.status)}  {line.name:{width}}  {first}", *(indent + text for text in others), *remedy]


def _painted(status: Status) -> str:
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return status
    return f"\x1b[{COLOURS[status]}m{status}\x1b[0m"
