"""What every place of the dashboard has: the bar, the banner, the footer, orders, details, and news as they come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Footer

from cortexctl.tui.live import Live
from cortexctl.tui.orders import ORDERS, possible, refused, why_not
from cortexctl.tui.place import Place
from cortexctl.tui.screens.details import Details
from cortexctl.tui.snapshot import Snapshot
from cortexctl.tui.source import Source
from cortexctl.tui.subject import SUBJECTS, Subject
from cortexctl.tui.widgets.banner import Banner
from cortexctl.tui.widgets.bar import Bar
from cortexctl.tui.widgets.card import More
from cortexctl.tui.widgets.rows import Rows

if TYPE_CHECKING:
    from cortexctl.tui.app import Dashboard


class PlaceScreen(Screen[None], Live):
    """Subclasses yield their `content`, show a snapshot in `renewed`, and say whose row an order is for.

    It is renewed only while it is seen: what happens meanwhile is caught up with when it is shown again.
    """

    ORDERS: ClassVar[tuple[str, ...]] = ()
    """What can be ordered here, by name; the keys stand in BINDINGS."""

    def __init__(self, place: Place, source: Source) -> None:
        super().__init__()
        self.place, self.source = place, source
        self.snapshot = Snapshot()
        self.bar, self.banner = Bar(place), Banner()
        self._possible: frozenset[str] = frozenset()

    def head(self) -> ComposeResult:
        """What stands above the banner."""
        yield from ()

    def content(self) -> ComposeResult:
        raise NotImplementedError

    def renewed(self, before: Snapshot) -> None:
        """`self.snapshot` is another one than `before`."""

    def subject(self, order: str) -> object:
        """What the order would be for now; None: nothing."""
        return None

    def items(self) -> Iterator[object]:
        """What something can be ordered for, as the palette offers it."""
        yield from {id(item): item for item in map(self.subject, self.ORDERS) if item is not None}.values()

    @property
    def dashboard(self) -> Dashboard:
        return cast("Dashboard", self.app)

    def compose(self) -> ComposeResult:
        yield self.bar
        yield from self.head()
        yield self.banner
        yield from self.content()
        yield Footer(show_command_palette=False)

    def on_screen_resume(self) -> None:
        self.renew(self.source.snapshot)
        self.tick()

    def renew(self, snapshot: Snapshot) -> None:
        before, self.snapshot = self.snapshot, snapshot
        self.bar.show(snapshot)
        self.banner.show(snapshot)
        self.renewed(before)
        self.renew_bindings()

    def tick(self) -> None:
        self.bar.tick()
        self.banner.tick()
        for rows in self.query(Rows):
            rows.tick()

    def renew_bindings(self) -> None:
        """Only when something else is possible now: the footer is built anew."""
        now = frozenset(name for name in self.ORDERS if not why_not(name, self.subject(name), self.snapshot.role))
        if now != self._possible:
            self._possible = now
            self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """None: the key is shown dim, because there is nothing for it to do now."""
        return True if action != "order" or parameters[0] in self._possible else None

    def action_order(self, name: str) -> None:
        if name in self._possible:
            ORDERS[name].give(self.app, self.subject(name))

    def on_key(self, event: events.Key) -> None:
        """A key that is shown dim says why."""
        active = self.active_bindings.get(event.key)
        if active is None or active.enabled or not active.binding.action.startswith("order("):
            return
        event.stop()
        name = active.binding.action.removeprefix("order('").removesuffix("')")
        self.dashboard.tell(f"{active.binding.description}: {why_not(name, self.subject(name), self.snapshot.role)}")

    def on_rows_cursor_moved(self) -> None:
        self.renew_bindings()

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        self.show_details(event.item)

    def show_details(self, item: object) -> None:
        subject = SUBJECTS.get(type(item))
        if subject is None:
            return
        role = self.snapshot.role
        bindings = {name: ORDERS[name].binding for name in possible(item, role)}
        more = self._more(subject, item)
        details = Details(subject.noun, subject.fields(item), bindings, more, refused(item, role))
        self.app.push_screen(details, lambda name: ORDERS[name].give(self.app, item) if name else None)

    def _more(self, subject: Subject, item: object) -> More | None:
        ask = subject.more
        return None if ask is None else lambda: self.source.ask(lambda daemon: ask(daemon, item))
