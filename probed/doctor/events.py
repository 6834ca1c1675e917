"""Whether the host tells by itself what happens, as the running daemon sees it."""

from __future__ import annotations

import http.client

from probed.config.defaults import resolved
from probed.config.settings import Settings
from probed.doctor.daemon import ask
from probed.doctor.line import Answer, passes, warns
from probed.wire import paths

LOST = "polled: "
ABSENT = " on this host"


def events(settings: Settings) -> Answer | None:
    """None where no daemon answers: its own line says that."""
    try:
        told = ask(resolved(settings.api.socket), paths.STATUS)["daemon"]["events"]
        states = {str(name): str(state) for name, state in told.items()}
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, AttributeError):
        return None
    if not settings.events.enabled:
        return passes("off: every check goes by its schedule")
    lost = {name: state for name, state in states.items() if state.startswith(LOST) and not state.endswith(ABSENT)}
    if lost:
        detail = ", ".join(f"{name} is {state}" for name, state in lost.items())
        return warns(detail, "mend it, or live with the schedules: events: {NAME: false}")
    return passes(", ".join(f"{name} {state}" for name, state in states.items()) or "no check in force is concerned")
