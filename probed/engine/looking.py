"""One look of a check: what it saw, in a form that can be stored, or why it gave no answer."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace

from probed.core.finding import ActionCall
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.core.text import storable, storable_facts
from probed.errors import CortexError, DeadlineExceeded
from probed.ports import NO_TRACES, Check, Tracer, Workers

log = logging.getLogger("cortex.looking")


@dataclass(frozen=True, slots=True)
class CheckResult:
    check: str
    observations: tuple[Observation, ...] = ()
    absent: tuple[Absent, ...] = ()
    failure: str = ""
    timed_out: bool = False

    @property
    def covers(self) -> bool:
        """Whether what this check found before and does not find now has gone.

        Not where it gave no answer, nor where all it has to say is that something is absent: what lies behind a missing
        permission or a stopped engine may be as broken as it was. Beside observations an absence is a mere note.
        """
        return not self.failure and bool(self.observations or not self.absent)


async def look(check: Check, workers: Workers, deadline_s: float, tracer: Tracer = NO_TRACES) -> CheckResult:
    """Never raises: a check that breaks, however it does, has given no answer."""
    with tracer.span(f"check {check.name}", {"cortex.check.name": check.name}):
        result = await _look(check, workers, deadline_s)
        _tell(tracer, result)
        return result


async def _look(check: Check, workers: Workers, deadline_s: float) -> CheckResult:
    try:
        answer = await workers.run(check.look, deadline_s=deadline_s, name=check.name)
        return accepted(check.name, answer)
    except asyncio.CancelledError:
        raise
    except DeadlineExceeded:
        return CheckResult(check.name, failure=f"no answer within {deadline_s:.3g} s", timed_out=True)
    except CortexError as error:
        return CheckResult(check.name, failure=storable(str(error)))
    except BaseException as error:  # neither sys.exit() nor a panic in a library of Rust is an Exception
        log.exception("check %s broke", check.name)
        return CheckResult(check.name, failure=storable(f"{type(error).__name__}: {error}"))


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
        summary=storable(seen.summary),
        unit=storable(seen.unit),
        evidence=storable_facts(seen.evidence),
        proposed_action=_proposal(seen.proposed_action),
    )


def _proposal(call: ActionCall | None) -> ActionCall | None:
    """A name that had to be changed names something else: no action is proposed for it."""
    if call is None or storable_facts(call.params) != dict(call.params):
        return None
    return call
