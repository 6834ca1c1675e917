"""Which sandbox is in force: chosen when a program is first to be run, and looked at again from time to time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from probed.agent.sandbox.bubblewrap import Bubblewrap
from probed.agent.sandbox.container import DockerContainer
from probed.agent.sandbox.program import CannotConfine, Sandbox
from probed.agent.sandbox.unconfined import Unconfined
from probed.agent.sandbox.unit import SystemdUnit
from probed.config.agent import AgentSettings
from probed.errors import NoAnswer

CONFINING = ("unit", "bwrap", "docker")
"""The best first."""
AGAIN_AFTER_S = 600.0

log = logging.getLogger(__name__)


class Sandboxes:
    def __init__(self, settings: AgentSettings, state_dir: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock`: by which a choice is looked at again."""
        self._all: dict[str, Sandbox] = {
            "unit": SystemdUnit(),
            "bwrap": Bubblewrap(settings),
            "docker": DockerContainer(settings, state_dir),
            "none": Unconfined(state_dir),
        }
        self._asked = settings.sandbox
        self._clock = clock
        self._chosen: Sandbox | None = None
        self._choosing: asyncio.Task[Sandbox] | None = None
        """Belongs to all who wait for it: it goes on, whoever of them gives up."""
        self._since_s = 0.0
        self._told = ""
        self.missing: Sequence[CannotConfine] = ()
        """Why what would be better than the chosen one cannot be had."""
        self._swept = set[str]()

    async def chosen(self) -> Sandbox:
        """Never weaker than what is configured. Raises CannotConfine with the reason of each that cannot be had."""
        if self._chosen is not None and self._clock() - self._since_s <= AGAIN_AFTER_S:
            return self._chosen
        if self._choosing is None or self._choosing.done():
            self._choosing = asyncio.create_task(self._choose_anew())
            self._choosing.add_done_callback(_heard)
        return await asyncio.shield(self._choosing)

    async def _choose_anew(self) -> Sandbox:
        try:
            self._chosen, self._since_s = await self._choose(), self._clock()
        except CannotConfine:
            self._chosen = None
            raise
        return self._chosen

    async def swept(self, deadline: float) -> Sandbox:
        """The chosen one, for a run of the only process that may act for this state directory: what an earlier one left
        in it is ended first. Raises CannotConfine; NoAnswer where that is not done by `deadline` (monotonic seconds),
        which says nothing of the sandbox."""
        try:
            async with asyncio.timeout_at(deadline) as limit:
                return await self._made_ready()
        except TimeoutError:
            if not limit.expired():
                raise
            raise NoAnswer("no sandbox was ready within the time of this run") from None

    async def _made_ready(self) -> Sandbox:
        sandbox = await self.chosen()
        if sandbox.name not in self._swept:
            await sandbox.sweep()
            self._swept.add(sandbox.name)
        return sandbox

    def forget(self) -> None:
        """A program could not be started in it: the next one looks again."""
        self._chosen = None

    def describe(self) -> str:
        """For `status`; looks at nothing."""
        if self._chosen is None:
            return f"sandbox {self._asked or 'auto'}"
        return "not confined" if self._chosen.name == "none" else f"confined by {self._chosen.name}"

    async def _choose(self) -> Sandbox:
        reasons = list[CannotConfine]()
        for name in CONFINING if self._asked in (None, "auto") else (self._asked,):
            sandbox = self._all[name]
            try:
                await sandbox.check()
            except CannotConfine as error:
                reasons.append(error)
                continue
            self._tell(sandbox, reasons)
            self.missing = reasons
            return sandbox
        was_confined = self._told not in ("", "none")
        if self._asked is not None or was_confined or not reasons[0].is_absent:
            raise _refusal(reasons)
        self._tell(self._all["none"], reasons)
        self.missing = reasons
        return self._all["none"]

    def _tell(self, sandbox: Sandbox, reasons: Sequence[CannotConfine]) -> None:
        """Once for each change."""
        if sandbox.name == self._told:
            return
        self._told = sandbox.name
        if sandbox.name == "none" and self._asked is None:
            log.warning("the model's program is not confined (agent.sandbox): %s", "; ".join(map(str, reasons)))
        else:
            log.info("the model's program is confined by: %s", sandbox.holds)


def _heard(choice: asyncio.Task[Sandbox]) -> None:
    """Its failure, too, where nobody waits for it any more."""
    if not choice.cancelled():
        choice.exception()


def _refusal(reasons: Sequence[CannotConfine]) -> CannotConfine:
    """The first of several is the best: what mends it comes last, where it can be taken as a command."""
    words, mark, command = str(reasons[0]).partition("; type: ")
    told = "; ".join([words, *(str(other).partition("; type: ")[0] for other in reasons[1:])])
    return CannotConfine(f"no program of a model is run, because nothing confines it: {told}{mark}{command}")
