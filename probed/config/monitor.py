"""The `monitor` section: the SQLite database that keeps everything."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from probed.config.values import Duration, DurationOrForever, Size


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorSettings:
    path: Path | None = None
    """The database file. Default: /var/lib/cortex/monitor.db as root or user `cortex`, else below $XDG_STATE_HOME."""
    keep_samples: Annotated[float, Duration] = 172800.0
    """How long measured numbers are kept as they are."""
    keep_five_minutes: Annotated[float, Duration] = 2592000.0
    """How long the least, mean and most of each five minutes are kept."""
    keep_hours: Annotated[float, Duration] = 63072000.0
    """How long those of each hour are kept: what forecasts, and a year in cortexctl trends, are made of."""
    keep_reports: Annotated[float, Duration] = 2592000.0
    """How long reports, their runs and findings, questions with their answers, and transcripts are kept."""
    keep_events: Annotated[float, Duration] = 604800.0
    """How long the event stream can be resumed."""
    keep_alerts: Annotated[float, Duration] = 7776000.0
    """How long alerts that are over, their cases, incidents and silences are kept."""
    keep_changes: Annotated[float, Duration] = 15552000.0
    """How long decisions and changes are kept, with their cases, and what models cost. What was decided and tried stays
    in the record of intents."""
    keep_memories: Annotated[float, Duration] = 63072000.0
    """How long a solved case is remembered since one last looked like it, or its record changed: cortexctl memories."""
    keep_intents: Annotated[float | None, DurationOrForever] = None
    """How long the record of intents is kept, at least as long as changes. null: for ever. Else its beginning is cut
    once a day, and a signed checkpoint stands for it: cortexctl intents checkpoints."""
    max_size: Annotated[int, Size, Field(ge=16 * 2**20)] = 2**30
    """When the database and the transcripts beside it take more than this, measured numbers, events, transcripts and
    reports go sooner, the oldest first."""
