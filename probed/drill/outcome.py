"""What came of one drill."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


class State(enum.StrEnum):
    PLAYED = "played"
    IMPOSSIBLE = "impossible"
    """This host cannot show the fault."""
    BROKEN = "broken"
    """The drill itself did not work."""


@dataclass(frozen=True, slots=True)
class Outcome:
    state: State
    seen: bool = False
    component: str = ""
    level: str = ""
    is_level_right: bool = False
    seconds: float | None = None
    """From the begin of `inject` until it was seen."""
    alarms: tuple[str, ...] = ()
    note: str = ""
    """What a person should know of it: why it was not seen, what was wrong."""
    log: tuple[str, ...] = field(default=())
    """The last lines of what the fault's programs said."""


def impossible(note: str) -> Outcome:
    return Outcome(State.IMPOSSIBLE, note=note)


def broken(note: str) -> Outcome:
    return Outcome(State.BROKEN, note=note)


def outcome_json(of: Outcome) -> str:
    return json.dumps(asdict(of))


def outcome_of(data: Mapping[str, Any]) -> Outcome:
    lists = {name: tuple(data[name]) for name in ("alarms", "log")}
    return Outcome(**{**data, **lists, "state": State(data["state"])})
