"""Whether traces can be sent, as far as can be told without sending any."""

from __future__ import annotations

from probed.config.settings import Settings
from probed.doctor.channels import reached
from probed.doctor.line import Answer, fails_as_told, passes
from probed.errors import ConfigError
from probed.tracing.collector import place_of, usable_headers


def tracing(settings: Settings) -> Answer:
    wanted = settings.tracing
    if wanted.endpoint is None:
        return passes("off: tracing.endpoint is not set")
    try:
        usable_headers(wanted)
    except ConfigError as error:
        return fails_as_told(error, "look at the section tracing of the configuration")
    return reached(place_of(wanted), wanted.endpoint, f"traces go to {place_of(wanted)}")
