"""When an inspection runs, as people write it."""

from __future__ import annotations

import re

from probed.config.values import seconds
from probed.core.cron import parse_cron
from probed.core.inspection import Schedule

SHORTEST_S = 1.0
LONGEST_S = 366 * 86400.0
FORMS = "write it like 'every 5m', '*/5 * * * *' or 'on request'"


def parse_schedule(value: object) -> Schedule:
    """Raises ValueError with the reason and an example."""
    if isinstance(value, dict) and list(value) == ["every"]:
        return _interval(value["every"])
    if not isinstance(value, str):
        raise ValueError(f"not a schedule; {FORMS}")
    text = " ".join(value.split())
    if text == "on request":
        return Schedule()
    if match := re.fullmatch(r"every:? (.+)", text):
        return _interval(match[1])
    if len(text.split(" ")) == 5 or text.startswith("@"):
        parse_cron(text)
        return Schedule(cron=text)
    raise ValueError(f"{value!r} is not a schedule; {FORMS}")


def _interval(value: object) -> Schedule:
    every_s = seconds(value)
    if not SHORTEST_S <= every_s <= LONGEST_S:
        raise ValueError("the interval has to be between 1s and 366d")
    return Schedule(every_s=every_s)
