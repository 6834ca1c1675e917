"""The command palette: what can be done now, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from cortexctl.tui.orders import ORDERS, possible
from cortexctl.tui.place import PLACES
from cortexctl.tui.screens.place import PlaceScreen
from cortexctl.tui.subject import SUBJECTS
from probed.wire.status import RoleName


class Command(NamedTuple):
    name: str
    help: str
    give: Callable[[], Any]


class Palette(Provider):
    async def discover(self) -> Hits:
        for command in self._commands():
            yield DiscoveryHit(Content(command.name), command.give, command.name, command.help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for command in self._commands():
            if (score := matcher.match(command.name)) > 0:
                yield Hit(score, Content(command.name), command.give, command.name, command.help)

    def _commands(self) -> Iterator[Command]:
        if isinstance(self.screen, PlaceScreen):
            for item in self.screen.items():
                yield from self._orders(item, self.screen.snapshot.role)
        for place in PLACES:
            yield Command(f"Go to {place.name}", f"{place.what}  ({place.key})", partial(self._go, place.id))
        for system in self.app.get_system_commands(self.screen):
            yield Command(system.title, system.help, system.callback)

    def _go(self, place: str) -> None:
        self.app.switch_mode(place)

    def _orders(self, item: object, role: RoleName) -> Iterator[Command]:
        name = SUBJECTS[type(item)].name(item)
        for order in (ORDERS[name] for name in possible(item, role)):
            title = f"{order.binding.description}: {name}"
            yield Command(title, order.binding.tooltip, partial(order.give, self.app, item))
