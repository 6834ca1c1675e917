"""Whether root may drill a fault of somebody else: only where nobody but root and its owner could put another in its
place. Whose fault it is, whoever starts it knows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from probed.config.trust import open_to_others, trusted_uids
from probed.drill.fault import Fault
from probed.errors import Refused


def require_trust(fault: Fault) -> None:
    """Raises Refused with the path, and what to type."""
    trusted = trusted_uids() | {fault.folder.stat().st_uid}
    ways = {*fault.folder.parents, *fault.folder.resolve().parents}
    for path in [*_within(fault.folder), *ways]:
        if reason := open_to_others(path.stat(), path, trusted, sticky_is_enough=path in ways):
            raise Refused(f"root does not drill {fault.name}: {path} {reason}")


def _within(folder: Path) -> Iterator[Path]:
    yield folder
    yield from (path for path in folder.rglob("*") if path.exists())
