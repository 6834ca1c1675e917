"""One look of a check: what it saw, in a form that can be stored, or why it gave no answer."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from probed.core.finding import ActionCall
from probed.core.observation import Absent, CheckAnswer, Observation, Place
from probed.core.pieces import NOTHING, Pieces, memory_of, pieces_of
from probed.core.redaction import mask, mask_within
from probed.core.round import ROUND, Round
from probed.core.text import storable, storable_facts
from probed.errors import CheckFailed, CortexError, DeadlineExceeded
from probed.ports import NO_TRACES, Check, Tracer, Workers

log = logging.getLogger("cortex.looking")

MOST_REMEMBERED_BYTES = 4 * 2**20
MOST_IN_PIECE_BYTES = 512 * 2**10
"""Some five milliseconds, in which the event loop may stand still."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    check: str
    observations: tuple[Observation, ...] = ()
    absent: tuple[Absent, ...] = ()
    failure: str = ""
    timed_out: bool = False
    memory: Pieces | None = None
    """What it knows now, where that is something else than before."""

    @property
    def covers(self) -> bool:
        """Whether what this check found before and does not find now has gone.

        Not where it gave no answer, nor where all it has to say is that something is absent: what lies behind a missing
        permission or a stopped engine may be as broken as it was. Beside observations an absence is a mere note.
        """
        return not self.failure and bool(self.observations or not self.absent)


def placed(checks: Sequence[Check]) -> Iterator[tuple[Place, Check]]:
    """The checks of one document, each with its place."""
    before = Counter[str]()
    for check in checks:
        yield (check.name, before[check.name]), check
        before[check.name] += 1


async def look_at_all(
    checks: Sequence[Check],
    known: Mapping[Place, Pieces],
    workers: Workers,
    deadline_s: float,
    tracer: Tracer = NO_TRACES,
) -> Sequence[CheckResult]:
    """Side by side; never raises."""
    looks = (look(check, workers, deadline_s, tracer, known.get(place, NOTHING)) for place, check in placed(checks))
    before = ROUND.set(Round())
    try:
        return await asyncio.gather(*looks)
    finally:
        ROUND.reset(before)


async def look(
    check: Check, workers: Workers, deadline_s: float, tracer: Tracer = NO_TRACES, known: Pieces = NOTHING
) -> CheckResult:
    """Never raises: a check that breaks, however it does, has given no answer."""
    with tracer.span(f"check {check.name}", {"cortex.check.name": check.name}):
        result = await _look(check, workers, deadline_s, known)
        _tell(tracer, result)
        return result


async def _look(check: Check, workers: Workers, deadline_s: float, known: Pieces) -> CheckResult:
    try:
        if not check.remembers:
            return accepted(check.name, await workers.run(check.look, deadline_s=deadline_s, name=check.name))
        answer, memory = await workers.run(lambda: _look_since(check, known), deadline_s=deadline_s, name=check.name)
        return replace(accepted(check.name, answer), memory=None if memory == known else memory)
    except asyncio.CancelledError:
        raise
    except DeadlineExceeded:
        return CheckResult(check.name, failure=f"no answer within {deadline_s:.3g} s", timed_out=True)
    except CortexError as error:
        return CheckResult(check.name, failure=storable(str(error)))
    except BaseException as error:  # neither sys.exit() nor a panic in a library of Rust is an Exception
        log.exception("check %s broke", check.name)
        return CheckResult(check.name, failure=storable(f"{type(error).__name__}: {error}"))


def _look_since(check: Check, known: Pieces) -> tuple[CheckAnswer, Pieces]:
    """Raises CheckFailed where it cannot be stored what the check knows."""
    answer, memory = check.look_since(memory_of(known))
    pieces = pieces_of(memory)
    sizes = [len(piece.encode()) for piece in pieces]
    if sum(sizes) > MOST_REMEMBERED_BYTES:
        most, wanted = MOST_REMEMBERED_BYTES // 2**20, sum(sizes) / 2**20
        raise CheckFailed(f"it would have to remember {wanted:.1f} MiB, more than {most} MiB: let it look at less")
    if max(sizes, default=0) > MOST_IN_PIECE_BYTES:
        most, wanted = MOST_IN_PIECE_BYTES // 2**10, max(sizes) / 2**10
        raise CheckFailed(
            f"it would have to remember {wanted:.0f} KiB in one piece, more than {most} KiB: "
            "keep them as entries of a mapping or list at the top of the memory"
        )
    return answer, pieces


def _tell(tracer: Tracer, result: CheckResult) -> None:
    status = "timeout" if result.timed_out else "failed" if result.failure else "answered"
    tracer.tell({"cortex.check.status": status, "cortex.check.observations": len(result.observations)})
    if result.failure:
        tracer.fail(status)


def accepted(check: str, answer: CheckAnswer) -> CheckResult:
    """Raises TypeError where something else than an answer came back: that says nothing, and least of all that all is
    well."""
    for item in answer:
        if not isinstance(item, Observation | Absent):
            raise TypeError(f"{item!r:.80} is no observation")
    return CheckResult(
        check,
        tuple(_observation(item) for item in answer if isinstance(item, Observation)),
        tuple(Absent(storable(item.what), storable(item.remedy)) for item in answer if isinstance(item, Absent)),
    )


def _observation(seen: Observation) -> Observation:
    return replace(
        seen,
        object=storable(seen.object),
        summary=mask(storable(seen.summary)),
        unit=storable(seen.unit),
        evidence={name: mask_within(value) for name, value in storable_facts(seen.evidence).items()},
        proposed_action=_proposal(seen.proposed_action),
    )


def _proposal(call: ActionCall | None) -> ActionCall | None:
    """A name that had to be changed names something else: no action is proposed for it."""
    if call is None or storable_facts(call.params) != dict(call.params):
        return None
    return call
