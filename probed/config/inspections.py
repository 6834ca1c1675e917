"""The `inspections` section: where the documents are and how many run at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from probed.config.values import Duration, Positive


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionsSettings:
    dir: Path | None = None
    """Folder of the Markdown documents. Default: /etc/cortex/inspections where it exists, else the shipped ones.
    Nobody but root and the daemon's own user may be able to change it, or a document in it."""
    concurrency: Annotated[int, Positive] = 16
    """How many runs may be under way at once."""
    workers: Annotated[int, Positive] = 16
    """Threads for checks and actions."""
    boot_grace: Annotated[float, Duration] = 180.0
    """A service that is not up in the first minutes after boot is no fault yet."""
