"""Documents that stand ready for what not every host has, and that fit this one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from probed.errors import HostFailed
from probed.host import sockets

PROGRAMS = {"postgres": "postgresql", "redis-server": "redis", "valkey-server": "redis", "keydb-server": "redis"}
"""The document for whoever listens under this name."""
PLACES = (Path(sys.prefix) / "share/cortex/inspections/ready", Path(__file__).parents[2] / "inspections/ready")
"""Of an installation, and of a checkout."""


def hints(folder: Path) -> Iterator[str]:
    """`folder`: of the documents in force."""
    try:
        programs = {each.process for each in sockets.listening()}
    except HostFailed:
        return
    for name in sorted({PROGRAMS[program] for program in programs & PROGRAMS.keys()}):
        path = next((place / f"{name}.md" for place in PLACES if (place / f"{name}.md").exists()), None)
        if path and not (folder / f"{name}.md").exists():
            yield f"a document stands ready for {name}; its first lines say what the server needs: cp {path} {folder}"
