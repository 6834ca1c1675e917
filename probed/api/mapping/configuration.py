from __future__ import annotations

from probed.api.mapping import moment
from probed.core.configuration import InForce, Reloaded
from probed.wire.configuration import ConfigurationShape, ReloadedShape


def configuration_shape(found: InForce) -> ConfigurationShape:
    return ConfigurationShape(found.path, moment.text(found.since), dict(found.settings), list(found.needs_restart))


def reloaded_shape(found: Reloaded) -> ReloadedShape:
    return ReloadedShape(
        found.inspections, list(found.broken), list(found.retired), found.mode, list(found.needs_restart)
    )
