"""Which sandbox is in force: chosen when a program is first to be run."""

from __future__ import annotations

from pathlib import Path

from probed.agent.sandbox.program import Sandbox
from probed.agent.sandbox.unconfined import Unconfined
from probed.config.agent import AgentSettings


class Sandboxes:
    def __init__(self, settings: AgentSettings, state_dir: Path) -> None:
        self._settings, self._unconfined = settings, Unconfined(state_dir)
        self._swept = False

    async def chosen(self) -> Sandbox:
        """Raises CannotConfine."""
        if not self._swept:
            self._swept = True
            await self._unconfined.sweep()
        return self._unconfined
