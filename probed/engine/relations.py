"""What belongs together and when it is told: the parts of the engine that stand between an alert and its message."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from probed.core.timer import Timer
from probed.engine.acknowledge import Acknowledgements
from probed.engine.correlation import Correlation
from probed.engine.escalate import Escalator
from probed.engine.flapping import FlapWatch
from probed.engine.ids import Ids
from probed.engine.incidents import IncidentBook
from probed.engine.maintenance import MaintenanceBook
from probed.engine.outbox import Outbox
from probed.engine.quiet import QuietKeeper
from probed.engine.rules import Rules
from probed.engine.sieve import Sieve
from probed.engine.suppression import AlertListener
from probed.engine.telling import Telling
from probed.engine.weekly import WeeklyDigest
from probed.ports import Clock, Topology, Transaction, Workers

Due = Callable[[Transaction, datetime], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Relations:
    sieve: Sieve
    listeners: Sequence[AlertListener]
    due: Sequence[tuple[Timer, Due]]
    """What reads which timers, each in a transaction of its own."""
    correlation: Correlation
    acknowledgements: Acknowledgements
    maintenance: MaintenanceBook
    weekly: WeeklyDigest


def build_relations(
    outbox: Outbox,
    maintenance: MaintenanceBook,
    ids: Ids,
    topology: Topology | None,
    workers: Workers,
    clock: Clock,
    rules: Rules,
) -> Relations:
    telling = Telling(outbox)
    flapping, correlation = FlapWatch(telling, clock, rules), Correlation(topology, workers, rules)
    escalator = Escalator(telling, clock, rules)
    listeners = (flapping, escalator, IncidentBook(correlation, ids, clock, rules))
    acknowledgements = Acknowledgements(telling, listeners, clock, rules)
    quiet, weekly = QuietKeeper(telling, correlation, rules), WeeklyDigest(outbox, rules)
    telling.suppressors = (correlation, maintenance, quiet)
    return Relations(
        sieve=Sieve((flapping, *telling.suppressors), (correlation,)),
        listeners=listeners,
        due=(
            (Timer.FLAPPING, flapping.look_due),
            (Timer.ACKNOWLEDGEMENT, acknowledgements.lapse_due),
            (Timer.ESCALATION, escalator.escalate_due),
            (Timer.NAMED, quiet.tell_due),
            (Timer.NAMED, weekly.tell_due),
            (Timer.STORM, outbox.tell_storms),
        ),
        correlation=correlation,
        acknowledgements=acknowledgements,
        maintenance=maintenance,
        weekly=weekly,
    )
