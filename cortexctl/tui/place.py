"""The places of the dashboard, one a line: a new one is listed here, and built when it is first gone to.

How a place is made:

1. `screens/NAMES.py` with a class of `screens/place.py: PlaceScreen`, or for a list of the daemon's of
   `screens/list_place.py: ListPlace`, which brings paging, the filter, details and the orders. The smallest list:

       class Runs(ListPlace[RunShape]):
           FOLLOWS = ("run.",)                      # the events after which it is read again
           BINDINGS = [*keys.RUNS]                  # keys of its own, from `keys.py`, by place in `keys.OF_PLACE`
           ASKED = {"state": RUN_STATES}            # what the daemon itself filters by: `/failed` or `/state=failed`

           def make_rows(self) -> PagedRows[RunShape]:
               return RunRows()                     # widgets/runs.py: title, key, the cells of a row, headings

           def read(self, daemon, before, limit, **query):
               return page_of(RunShape, daemon.runs(before=before, limit=limit, **query))

2. One line in PLACES; its name, key and the badge are shown by the bar, the help and the palette from there.
3. What Enter shows: a `Subject` for the shape in `subject.py`, its fields in `fields.py`.
4. What can be ordered: an `Order` in `orders.py` (binding, role, what it is for, whether it is possible now, the
   question asked first), and its name in the place's `ORDERS`. The footer, the card, the palette and the refusal with
   its reason follow from there; a viewer sees it dim.
5. Nothing blocks a key: whatever asks the daemon does so by `self.source.ask(...)` in a worker.
6. `self.app.is_plain` (`--plain`): words instead of symbols, no drawing; one column (`.-plain` in cortex.tcss).
7. Tests: `tests/cortexctl/tui/test_NAMES.py` like test_alerts.py: golden pages at 80x24 and 120x40, its keys by Pilot.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

from cortexctl.overview import open_alerts, waiting_decisions

if TYPE_CHECKING:
    from cortexctl.tui.screens.place import PlaceScreen
    from cortexctl.tui.source import Source
    from probed.wire.status import StatusShape


@dataclass(frozen=True, slots=True)
class Place:
    id: str
    name: str
    key: str
    what: str
    """There is to see."""
    screen: str
    """`MODULE:CLASS` below `screens`: imported when it is first shown, so that no other place starts slower."""
    count: Callable[[StatusShape], int] | None = None
    """What the bar says behind the name, where it is not 0."""
    shows_verdict: bool = False
    """By itself: elsewhere the bar does."""

    def build(self, source: Source) -> PlaceScreen:
        module, _, name = self.screen.partition(":")
        screen = getattr(import_module(f"cortexctl.tui.screens.{module}"), name)
        return cast("PlaceScreen", screen(self, source))


PLACES = (
    Place("overview", "Overview", "1", "The host on one screen", "overview:Overview", shows_verdict=True),
    Place("alerts", "Alerts", "2", "What people were told", "alerts:AlertsPlace", open_alerts),
    Place(
        "incidents", "Incidents", "3", "Alerts that belong together, and what happened when", "incidents:IncidentsPlace"
    ),
    Place(
        "decisions",
        "Decisions",
        "4",
        "What waits for your yes or no, and what was decided",
        "decisions:DecisionsPlace",
        waiting_decisions,
    ),
    Place("changes", "Changes", "8", "What Cortex changed on this host", "changes:ChangesPlace"),
)
"""Their numbers: 3 Incidents, 4 Decisions, 5 Inspections, 6 Runs, 7 Trends, 8 Changes, 9 Events, 0 Settings."""
