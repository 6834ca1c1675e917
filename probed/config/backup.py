"""The `backup` section: copies of the monitor that are checked, kept for a while and can be restored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from probed.config.secret import Secret
from probed.config.values import Duration, Positive

Count = Annotated[int, Field(ge=0, le=1000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSettings:
    enabled: bool = True
    """Whether any are taken."""
    dir: Path | None = None
    """Where they are put. Default: the folder `backups` beside the monitor; on another disk they outlive this one."""
    every: Annotated[float, Duration, Positive] = 3600.0
    """Time from one backup to the next."""
    keep_hours: Count = 24
    """So many of the newest hours keep their last backup."""
    keep_days: Count = 7
    """So many of the newest days keep theirs."""
    keep_weeks: Count = 4
    """So many of the newest weeks keep theirs."""
    drill_every: Annotated[float, Duration, Positive] = 604800.0
    """How often the newest backup is unpacked and read as a restore would do it."""
    stale_after: Annotated[float, Duration, Positive] = 10800.0
    """No good backup for so long is an alert."""
    encrypt_to: str = ""
    """A recipient of age (`age1…`): backups can be read by whoever has its identity, and by nobody else. It needs the
    program `age`."""
    identity_file: Secret | None = None
    """File of mode 0600 with the identity for `encrypt_to`: the daemon can then also check and restore what it has
    encrypted. Without it, give it by hand: cortexctl backup restore --identity FILE."""
