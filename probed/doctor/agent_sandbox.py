"""What the model's program is confined by, by running one in it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from probed.config.defaults import resolved
from probed.config.settings import Settings
from probed.doctor.line import Answer, fails_as_told, passes, warns
from probed.doctor.service import service
from probed.errors import CortexError

if TYPE_CHECKING:
    from probed.agent.sandbox.choice import Sandboxes

PROGRAMS = ("claude", "command")
"""Backends that start one; that of the Messages API is a library within the daemon."""
MEND = "sudo apt-get install bubblewrap"
INSTALL = "sudo ./install.sh"


def agent_sandbox(settings: Settings) -> Answer | None:
    """None where no program is ever started."""
    if settings.agent.backend not in PROGRAMS:
        return None
    from probed.agent.sandbox.choice import Sandboxes

    sandboxes = Sandboxes(settings.agent, resolved(settings.monitor.path).parent)
    logging.getLogger("probed.agent.sandbox.choice").disabled = True  # the line says it
    try:
        chosen = asyncio.run(sandboxes.chosen())
    except CortexError as error:
        return fails_as_told(error, "agent.sandbox: auto")
    if chosen.name == "none":
        return _unconfined(sandboxes, settings.agent.sandbox)
    if chosen.name == "bwrap" != settings.agent.sandbox and service():
        return warns("the service cannot use bubblewrap, and its unit cortex-agent.socket is not there", INSTALL)
    return passes(f"{chosen.name}: {chosen.holds}")


def _unconfined(sandboxes: Sandboxes, asked: str | None) -> Answer:
    if asked == "none":
        return warns(
            "none, as configured: the model's program has the rights of the daemon's user", "agent.sandbox: auto"
        )
    reasons = "; ".join(str(reason).partition("; type: ")[0] for reason in sandboxes.missing)
    return warns(f"none: the model's program has the rights of the daemon's user, because {reasons}", MEND)
