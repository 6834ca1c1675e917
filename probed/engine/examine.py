"""A look at the host for an action that is not carried out now: would it be possible, and what would change?"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from probed.core.finding import ActionCall
from probed.errors import CortexError
from probed.ports import Actions, Workers

log = logging.getLogger("cortex.examine")

LOOK_DEADLINE_S = 30.0


@dataclass(frozen=True, slots=True)
class Examination:
    obstacle: str = ""
    """Why it cannot be done; empty: it can."""
    dry_run: str = ""
    snapshot: Mapping[str, object] = field(default_factory=dict)
    stays: str = ""
    """Why this host would not let it be put back, though the action could; empty: nothing speaks against it."""
    is_broken: bool = False
    """The look itself failed; that the precondition does not hold is no failure."""


async def examine(actions: Actions, workers: Workers, call: ActionCall) -> Examination:
    """Never raises: whatever goes wrong with an action, its case must go on."""
    try:
        return await _examine(actions, workers, call)
    except CortexError as error:
        return Examination(str(error), is_broken=True)
    except Exception as error:
        log.exception("action %s could not be examined", call.key)
        return Examination(f"{type(error).__name__}: {error}", is_broken=True)


async def _examine(actions: Actions, workers: Workers, call: ActionCall) -> Examination:
    action = actions.get(call.action)
    ready = await workers.run(
        lambda: action.precondition(call.params), deadline_s=LOOK_DEADLINE_S, name=f"precondition of {call.action}"
    )
    if not ready.holds:
        return Examination(ready.reason)
    dry_run = await workers.run(
        lambda: action.dry_run(call.params), deadline_s=LOOK_DEADLINE_S, name=f"dry run of {call.action}"
    )
    return Examination("", dry_run, ready.snapshot, await refusal_of_roll_back(actions, workers, call, ready.snapshot))


async def refusal_of_roll_back(
    actions: Actions, workers: Workers, call: ActionCall, before: Mapping[str, object]
) -> str:
    """Why this host would not let it be put back; empty also for what is irreversible by itself."""
    try:
        action = actions.get(call.action)
        look = partial(action.refusal_of_roll_back, call.params, before)
        name = f"a look at the roll-back of {call.action}"
        return await workers.run(look, deadline_s=LOOK_DEADLINE_S, name=name) if action.reversible else ""
    except CortexError as error:
        return str(error)
