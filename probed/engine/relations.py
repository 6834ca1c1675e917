"""What belongs together and when it is told: the parts of the engine that stand between an alert and its message."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from probed.engine.flapping import FlapWatch
from probed.engine.outbox import Outbox
from probed.engine.rules import Rules
from probed.engine.suppression import AlertListener, Suppressor
from probed.engine.telling import Telling
from probed.ports import Clock, Transaction

Due = Callable[[Transaction, datetime], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Relations:
    suppressors: Sequence[Suppressor]
    listeners: Sequence[AlertListener]
    due: Sequence[Due]
    """What reads the timers, each in a transaction of its own."""


def build_relations(outbox: Outbox, clock: Clock, rules: Rules) -> Relations:
    telling = Telling(outbox)
    flapping = FlapWatch(telling, clock, rules)
    return Relations(suppressors=(flapping,), listeners=(flapping,), due=(flapping.look_due,))
