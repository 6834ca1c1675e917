"""Whether the monitor can be written. That it cannot is told once, past the outbox that cannot be written either."""

from __future__ import annotations

import logging

from probed.core.phrases import say
from probed.engine import cards
from probed.engine.deliver import Deliverer
from probed.engine.pulse import Pulse
from probed.engine.rules import Rules
from probed.errors import CannotPersist
from probed.ports import Clock, Monitor

log = logging.getLogger("cortex.persistence")

PROBE = "last_probe_at"
"""Name of the setting that is written to see whether that works."""


class Persistence:
    def __init__(self, monitor: Monitor, deliverer: Deliverer, rules: Rules, clock: Clock, pulse: Pulse) -> None:
        self._monitor, self._deliverer, self._rules = monitor, deliverer, rules
        self._clock, self._pulse = clock, pulse
        self.fault = ""
        """Why it cannot be written; empty: it can."""

    async def failed(self, error: CannotPersist) -> None:
        """The engine's loop looks from now on at each turn whether it is over."""
        if self.fault:
            return
        self.fault = str(error)
        log.error("%s", self.fault)
        self._pulse.beat()
        await self.announce(
            say("Cortex cannot persist: {reason}. It watches on, but records nothing", reason=self.fault), "critical"
        )

    async def look_again(self) -> None:
        """Raises CannotPersist as long as it still cannot be written."""
        if not self.fault:
            return
        async with self._monitor.transaction() as tx:
            await tx.settings.set(PROBE, self._clock.now().isoformat())
        self.fault = ""
        log.info("the monitor can be written again")
        await self.announce(say("the monitor can be written again; Cortex goes on"), "info")

    async def announce(self, text: str, severity: str) -> None:
        await self._deliverer.announce(cards.notice_card(self._rules.host, text, severity))
