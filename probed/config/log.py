"""The `log` section."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least weight that is written. That a run begins, or has found nothing, is said with `debug` only."""
    format: Literal["text", "json"] = "text"
    """`text`: lines for people, with priorities under journald. `json`: one object a line, for programs.

    Where no journal takes it, the log is also kept as JSON in `log.jsonl` beside the database, 8 MiB at most."""
