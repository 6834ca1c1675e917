"""A place that is one long list of the daemon's: read by pages as somebody scrolls, filtered, and live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input

from cortexctl.daemon import Daemon, Page
from cortexctl.failure import Failure
from cortexctl.tui import keys
from cortexctl.tui.filtering import Filter
from cortexctl.tui.paging import Wanted
from cortexctl.tui.place import Place
from cortexctl.tui.screens.place import PlaceScreen
from cortexctl.tui.shape import shaped
from cortexctl.tui.snapshot import Snapshot
from cortexctl.tui.source import Source
from cortexctl.tui.watch import MOST_EVENTS
from cortexctl.tui.widgets.filter_input import FilterInput
from cortexctl.tui.widgets.headings import Headings
from cortexctl.tui.widgets.paged_rows import PagedRows
from probed.wire.page import MAX_LIMIT

Item = TypeVar("Item")

SHEET = 100
"""Rows of a page."""


class ListPlace(PlaceScreen, Generic[Item]):
    """Subclasses make their rows and `read` a page of them in another thread."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.LIST]
    FOLLOWS: ClassVar[tuple[str, ...]] = ()
    """How the types of the events begin after which it is read again."""
    ASKED: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """By what the daemon filters, with the words that it knows; none: any word, as in `inspection=disks`."""

    def __init__(self, place: Place, source: Source) -> None:
        super().__init__(place, source)
        self.rows = self.make_rows()
        self.headings = self.rows.titled = Headings(self.rows)
        self.filter = Filter()
        self.input = FilterInput(self._hint(), self.rows)
        self._seen_event = -1
        self._is_stale = True
        self._loads = False
        self._has_failed = False
        """The last request: it is repeated each second."""

    def make_rows(self) -> PagedRows[Item]:
        raise NotImplementedError

    def read(self, daemon: Daemon, before: str | None, limit: int, **query: str) -> Page[Item]:
        """For a thread: a page, the newest first; raises a Failure."""
        raise NotImplementedError

    def keeps(self, item: Item) -> bool:
        """Whether the filter does."""
        return not self.filter.sieves or self.filter.keeps(self.rows.text(item))

    @property
    def _limit(self) -> int:
        """Where much is left out, a page is a large one."""
        return MAX_LIMIT if self.filter.sieves else SHEET

    @property
    def note(self) -> str:
        """Which rows these are, for their title."""
        return self.filter.note

    def subject(self, order: str) -> object:
        return self.rows.current

    def content(self) -> ComposeResult:
        yield self.headings
        yield self.rows
        yield self.input

    def on_mount(self) -> None:
        self._seen_event = newest(self.source.snapshot)
        self.begin()
        self.rows.focus()

    def begin(self) -> None:
        """The list anew: it shows something else from now on."""
        self.rows.note = self.note
        self.rows.begin(self.keeps, self._limit)
        self._is_stale = True
        self.load()

    def renewed(self, before: Snapshot) -> None:
        newest_event = newest(self.snapshot)
        is_back = before.failure is not None and self.snapshot.failure is None
        self._is_stale |= is_back or newest_event < self._seen_event or self._concerns()
        self._seen_event = newest_event
        if self._is_stale:
            self.load()

    def tick(self) -> None:
        super().tick()
        if self._has_failed:
            self.load()

    def load(self) -> None:
        """Ask for what is wanted and not there, one request after the other; called as often as one likes."""
        if self.is_mounted and not self._loads:
            self._loads = True
            self.run_worker(self._load(), group="load")

    def on_paged_rows_view_moved(self) -> None:
        self.load()

    def action_filter(self) -> None:
        self.input.begin()

    def action_clear(self) -> None:
        self.input.end()

    def sieve(self, text: str) -> None:
        wanted = Filter(text, self.ASKED)
        if wanted != self.filter:
            self.filter = wanted
            self.begin()

    def on_input_changed(self, event: Input.Changed) -> None:
        self.sieve(event.value)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "clear":
            return bool(self.filter.text) or self.input.has_focus
        if action == "filter":
            return not self.input.has_focus
        return super().check_action(action, parameters)

    async def _load(self) -> None:
        try:
            while await self._load_one():
                pass
        except Failure as failure:
            self._has_failed = True
            self.rows.failed(failure)
        finally:
            self._loads = False

    async def _load_one(self) -> bool:
        """Whether there may be more to ask for."""
        paging, query = self.rows.paging, dict(self.filter.query)
        if self._is_stale or self._has_failed:
            self._is_stale = False
            await self._renew()
            self._has_failed = False
            return True
        paging.forget(*self.rows.view())
        wanted = self.rows.wanted()
        if wanted is None:
            return False
        page = await self._ask(wanted, query)
        if paging is self.rows.paging:
            self.rows.changes(lambda: paging.take(wanted, page.items, page.next))
        return True

    async def _renew(self) -> None:
        """The head, where what is new comes in, and what is seen."""
        paging, query = self.rows.paging, dict(self.filter.query)
        head = await self._ask(Wanted(None, self._limit, 0), query)
        seen = [(wanted, await self._ask(wanted, query)) for wanted in paging.seen(*self.rows.view())]
        if paging is not self.rows.paging:
            return

        def change() -> None:
            for wanted, page in seen:
                paging.take(wanted, page.items, page.next)
            paging.take_head(head.items, head.next)

        self.rows.changes(change)

    async def _ask(self, wanted: Wanted, query: dict[str, str]) -> Page[Item]:
        return await self.source.ask(lambda daemon: self.read(daemon, wanted.before, wanted.limit, **query))

    def _concerns(self) -> bool:
        """Whether something has happened to what is listed; more than is kept counts as that, too."""
        new = [event for event in self.snapshot.events if event.id > self._seen_event]
        return len(new) == MOST_EVENTS or any(event.type.startswith(self.FOLLOWS) for event in new)

    def _hint(self) -> str:
        asked = (f"{name}={'|'.join(words) or '…'}" for name, words in self.ASKED.items())
        return "  ".join(["words that a row has", *asked])


def newest(snapshot: Snapshot) -> int:
    """The number of the newest event."""
    return snapshot.events[0].id if snapshot.events else -1


def page_of(kind: type[Any], page: Page[Any]) -> Page[Any]:
    """With items of that shape, checked."""
    page.items = [shaped(kind, item) for item in page.items]
    return page
