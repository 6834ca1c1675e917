"""A line of the daemon's own log, as it is read back: from JSON, or from the text that a journal has taken."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime

from probed.core.regex import Regex
from probed.daemon.logging import PRIORITIES

HEAD = re.compile(r"(\d{4}-\d\d-\d\dT\S+) ([A-Z]+) +\[([^\]]*)\] (.*)", re.DOTALL)
NO_RUN = "-"


@dataclass(frozen=True, slots=True)
class Line:
    at: datetime
    level: str
    """As loguru calls it, in small letters."""
    run: str
    """Empty where it belongs to none."""
    text: str
    where: str = ""
    """The module that said it, or systemd, where it is known."""


@dataclass(frozen=True, slots=True)
class Wanted:
    since: datetime | None = None
    level: str = "debug"
    """The least."""
    run: str = ""
    """The run's id, or its beginning."""
    pattern: Regex | None = None

    def takes(self, line: Line) -> bool:
        return (
            (self.since is None or line.at >= self.since)
            and _priority(line.level) <= _priority(self.level)
            and line.run.startswith(self.run)
            and (self.pattern is None or self.pattern.occurs_in(line.text))
        )


def of_json(text: str) -> Line | None:
    """None: it is no line of ours."""
    try:
        entry = json.loads(text)
        message = "\n".join(str(entry[name]) for name in ("message", "exception") if entry.get(name))
        at = datetime.fromisoformat(entry["at"])
        return Line(at, str(entry["level"]), str(entry["run"] or ""), message, str(entry["where"] or ""))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def of_text(text: str) -> Line | None:
    """None: it does not begin an entry."""
    found = HEAD.fullmatch(text)
    if not found:
        return None
    at, level, run, message = found.groups()
    try:
        return Line(datetime.fromisoformat(at), level.lower(), "" if run == NO_RUN else run, message)
    except ValueError:
        return None


def _priority(level: str) -> int:
    return PRIORITIES.get(level.upper(), 6)
