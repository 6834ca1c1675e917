from __future__ import annotations

from probed.api.mapping import moment
from probed.core.autonomy import Standing, Terms, wilson_lower
from probed.core.modes import Modes
from probed.wire.autonomy import ModesShape, StandingShape


def modes_shape(modes: Modes) -> ModesShape:
    return ModesShape(
        mode=modes.general.value,
        configured=modes.configured.value,
        chosen=modes.chosen.value if modes.chosen else None,
        actions={action: mode.value for action, mode in sorted(modes.by_action.items())},
    )


def standing_shape(standing: Standing, terms: Terms) -> StandingShape:
    return StandingShape(
        action=standing.action,
        object_kind=standing.object_kind,
        rung=standing.rung.value,
        pin=standing.pin.value if standing.pin else None,
        pinned_by=standing.pinned_by,
        rehearsals=standing.rehearsals,
        rehearsals_needed=terms.rehearsals,
        successes=standing.successes,
        successes_needed=terms.successes,
        succeeded=standing.succeeded,
        failed=standing.failed,
        lower_bound=round(wilson_lower(standing.successes, standing.successes), 3),
        changed_at=moment.text_or_none(standing.changed_at),
    )
