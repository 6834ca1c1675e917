"""Several drills, a few of them side by side."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

from probed.drill.act import SLOW_S, Job
from probed.drill.fault import Fault
from probed.drill.namespaces import Drill
from probed.drill.outcome import Outcome

LOOK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class Played:
    fault: Fault
    outcome: Outcome


def campaign(
    faults: Sequence[Fault], *, side_by_side: int, limit_s: float | None, keep: Path | None,
    told: Callable[[Played], None] = lambda played: None,
) -> Sequence[Played]:  # fmt: skip
    """In the order of `faults`. Whatever ends it, by a signal too, ends the drills under way."""
    waiting, running, played = list(faults), dict[str, tuple[Fault, Drill]](), dict[str, Played]()
    with _ended_by_signals():
        try:
            while waiting or running:
                while waiting and len(running) < side_by_side:
                    fault = waiting.pop(0)
                    running[fault.name] = (fault, Drill(job_of(fault, limit_s, keep)))
                for name, (fault, drill) in list(running.items()):
                    if outcome := drill.outcome():
                        del running[name]
                        played[name] = Played(fault, outcome)
                        told(played[name])
                time.sleep(LOOK_EVERY_S)
        finally:
            for _, drill in running.values():
                drill.end()
    return [played[fault.name] for fault in faults]


def job_of(fault: Fault, limit_s: float | None, keep: Path | None) -> Job:
    within_s = fault.truth.within_s if limit_s is None else min(limit_s, fault.truth.within_s)
    truth = replace(fault.truth, within_s=within_s)
    kept = keep / fault.name if keep else None
    if kept:
        kept.mkdir(parents=True, exist_ok=True)
    is_slow = fault.every_s is None or fault.every_s > SLOW_S
    return Job(str(fault.folder), fault.document, fault.config, is_slow, truth, str(kept) if kept else None)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP end it like Ctrl-C."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
