"""The sources, a module each, imported on first use: most hosts need only some of them."""

from __future__ import annotations

import importlib
from typing import cast

from probed.core.host_event import EventSource
from probed.events.source import Follow

MODULES = {
    EventSource.SYSTEMD: "probed.events.units",
    EventSource.DOCKER: "probed.events.containers",
    EventSource.JOURNAL: "probed.events.journal",
    EventSource.PRESSURE: "probed.events.pressure",
    EventSource.FILES: "probed.events.files",
    EventSource.NETWORK: "probed.events.links",
}


def follow_of(source: EventSource) -> Follow:
    return cast(Follow, importlib.import_module(MODULES[source]).follow)
