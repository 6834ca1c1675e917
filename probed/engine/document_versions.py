"""The versions of the documents that are in force are kept, so that what a run worked by can be told later."""

from __future__ import annotations

import logging

from probed.engine.catalogue import Catalogue
from probed.errors import CortexError
from probed.ports import Clock, Monitor

log = logging.getLogger("cortex.documents")


async def keep_versions(monitor: Monitor, catalogue: Catalogue, clock: Clock) -> None:
    """Inspecting goes on where they cannot be kept."""
    try:
        async with monitor.transaction() as tx:
            await tx.documents.take_over(catalogue.inspections(), clock.now())
    except CortexError as error:
        log.warning("the versions of the documents are not kept: %s", error)
