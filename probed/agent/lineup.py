"""The backends in the order of the configuration: the first that can be used is, and those that cannot are tried again
from time to time, without a call that costs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from probed.agent.queued import Backend
from probed.agent.toolbox import Toolbox
from probed.core.agent_trouble import AgentTrouble
from probed.core.investigation import Answer, Task
from probed.errors import NoAnswer

FIRST_PAUSE_S, LONGEST_PAUSE_S = 60.0, 1800.0
"""After a look that found it unusable, and between two looks at all."""
LASTS_AFTER = 2
"""So many looks in a row: a network that comes up a moment later than the daemon is no matter for a person."""
LEAST_LEFT_S = 5.0
"""With less time nobody stands in any more in a run."""

log = logging.getLogger("cortex.agent")


@dataclass(slots=True)
class _Standing:
    backend: Backend
    is_fit: bool = True
    """Until it was looked at it counts as usable."""
    text: str = ""
    misses: int = 0
    """Looks in a row that found it unusable."""
    looked_at: float = float("-inf")
    due_at: float = float("-inf")

    def pause_s(self) -> float:
        return min(FIRST_PAUSE_S * 2.0 ** min(self.misses - 1, 30), LONGEST_PAUSE_S)


class Lineup:
    """Implements `Backend`, and `ports.Preflight`."""

    def __init__(self, backends: Sequence[Backend], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._standings = [_Standing(backend) for backend in backends]
        self._monotonic = monotonic
        self._news = asyncio.Event()

    @property
    def name(self) -> str:
        """Of the one in force."""
        return self._in_force().backend.name

    async def model_of(self, task: Task) -> str:
        return await self._in_force().backend.model_of(task)

    async def investigate(self, task: Task, toolbox: Toolbox, deadline: float) -> Answer:
        """By the first that can be used; where its model turns out to be away, by the next in the time that is left."""
        spent_usd, last = 0.0, NoAnswer(f"no model can be asked: {self._reasons()}")
        last.is_told = True  # by whoever looks after this lineup
        for standing in [each for each in self._standings if each.is_fit]:
            if spent_usd and deadline - time.monotonic() < LEAST_LEFT_S:
                break
            try:
                answer = await standing.backend.investigate(task, toolbox, deadline)
            except NoAnswer as failure:
                failure.cost_usd += spent_usd
                if not failure.is_away:
                    raise
                self._suspect(standing)
                spent_usd, last = failure.cost_usd, failure
            else:
                return replace(answer, cost_usd=answer.cost_usd + spent_usd)
        raise last

    def describe(self) -> str:
        in_force = self._in_force()
        words = in_force.backend.describe()
        if not in_force.is_fit:
            return f"{words}; no model can be asked: {self._reasons()}"
        before = self._standings[: self._standings.index(in_force)]
        missed = "".join(f"; it stands in for {each.backend.name}: {each.text}" for each in before)
        return f"{words}{missed}"

    async def check(self) -> tuple[bool, str]:
        """All of them, whenever that was done before."""
        await self._look_at(self._standings)
        in_force = self._in_force()
        if len(self._standings) == 1:
            return in_force.is_fit, in_force.text
        words = "; ".join(f"{each.backend.name}: {each.text}" for each in self._standings)
        return in_force.is_fit, f"{in_force.backend.name} is in force; {words}" if in_force.is_fit else words

    # --- the preflight ------------------------------------------------------------------------------------------------

    async def troubles(self) -> Sequence[AgentTrouble]:
        """At those whose turn it is: at the start, after failures, and while one cannot be used. Returns those that are
        missed: one that would only stand in is not, as long as the one before it can be used."""
        self._news.clear()
        now = self._monotonic()
        await self._look_at([each for each in self._standings if each.due_at <= now])
        in_force = self._in_force()
        stands_in = in_force.backend.name if in_force.is_fit else ""
        before = self._standings[: self._standings.index(in_force)] if stands_in else self._standings
        return [
            AgentTrouble(each.backend.name, each.text, stands_in, each.misses >= LASTS_AFTER)
            for each in before
            if each.misses
        ]

    async def until_due(self) -> None:
        wait_s = min(each.due_at for each in self._standings) - self._monotonic()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if wait_s == float("inf") else max(wait_s, 0)):
                await self._news.wait()

    async def _look_at(self, standings: Sequence[_Standing]) -> None:
        found = await asyncio.gather(*(each.backend.check() for each in standings))
        now = self._monotonic()
        for standing, (is_fit, text) in zip(standings, found, strict=True):
            if (is_fit, text) != (standing.is_fit, standing.text):
                log.log(logging.INFO if is_fit else logging.WARNING, "%s: %s", standing.backend.name, text)
            standing.is_fit, standing.text, standing.looked_at = is_fit, text, now
            standing.misses = 0 if is_fit else standing.misses + 1
            standing.due_at = float("inf") if is_fit else now + standing.pause_s()

    def _suspect(self, standing: _Standing) -> None:
        """It is looked at soon, though not each time that a run fails."""
        standing.due_at = min(standing.due_at, max(standing.looked_at + FIRST_PAUSE_S, self._monotonic()))
        self._news.set()

    def _in_force(self) -> _Standing:
        return next((each for each in self._standings if each.is_fit), self._standings[0])

    def _reasons(self) -> str:
        return "; ".join(f"{each.backend.name}: {each.text}" for each in self._standings)
