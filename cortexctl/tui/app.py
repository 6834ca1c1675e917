"""`cortexctl top`: the dashboard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

from textual import work
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.reactive import var
from textual.screen import Screen
from textual.theme import Theme

from cortexctl.client import Client
from cortexctl.exits import Exit
from cortexctl.failure import Failure
from cortexctl.text import several_lines
from cortexctl.tui import keys, theme
from cortexctl.tui.act import Act
from cortexctl.tui.live import Live
from cortexctl.tui.outcomes import Loudness, Outcomes
from cortexctl.tui.palette import Palette
from cortexctl.tui.place import PLACES
from cortexctl.tui.preferences import Preferences, config_file, keep_theme, read
from cortexctl.tui.screens.help import Help
from cortexctl.tui.screens.place import PlaceScreen
from cortexctl.tui.snapshot import Snapshot
from cortexctl.tui.source import Source
from cortexctl.tui.widgets.bar import Bar

TIMEOUT_S = 5.0
"""A daemon that hangs is said to be away after this."""
TICK_S = 1.0
READ_IT_S: dict[Loudness, float] = {"information": 5.0, "warning": 10.0, "error": 15.0}


class Dashboard(App[int]):
    """Shows what `Source` reads, and passes on what a person orders; it decides nothing. Each place is a mode."""

    TITLE = "Cortex"
    CSS_PATH = "cortex.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.APP]
    HORIZONTAL_BREAKPOINTS: list[tuple[int, str]] | None = [(0, "-narrow"), (110, "-wide"), (170, "-vast")]  # noqa: RUF012 - as App declares it
    VERTICAL_BREAKPOINTS: list[tuple[int, str]] | None = [(0, "-low"), (32, "-high")]  # noqa: RUF012
    COMMANDS: ClassVar[set[Any]] = {Palette}
    DEFAULT_MODE = PLACES[0].id

    snapshot: var[Snapshot] = var(Snapshot())

    def __init__(self, client: Client, liked: Preferences | None = None) -> None:
        super().__init__()
        self.source = Source(client, self._take)
        self.outcomes = Outcomes()
        self.liked = liked or Preferences()
        self.is_plain = self.liked.plain
        """Words instead of symbols, for whoever hears the screen."""
        self.animation_level = "none"
        self.set_class(self.is_plain, "-plain")
        for place in PLACES:
            self.add_mode(place.id, partial(place.build, self.source))
        for known in theme.ALL:
            self.register_theme(known)
        self.theme = self.liked.theme or theme.suited(self.console.color_system).name
        self._kept = self.theme
        self.set_keymap(dict(self.liked.keys))

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme.DEFAULTS

    def on_mount(self) -> None:
        self.run_worker(self.source.run(), group="source")
        self.set_interval(TICK_S, self._tick)
        self.theme_changed_signal.subscribe(self, self._keep_theme)

    def watch_snapshot(self, snapshot: Snapshot) -> None:
        for screen in self._live_screens():
            screen.renew(snapshot)
        for loudness, words in self.outcomes.told(snapshot.events):
            self.tell(words, loudness)

    def action_go(self, place: str) -> None:
        self.switch_mode(place)

    def on_bar_chosen(self, event: Bar.Chosen) -> None:
        self.action_go(event.place)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        yield SystemCommand("Keys", "What the keys do", self.action_help)
        yield SystemCommand("Theme", "Other colours", self.action_change_theme)
        yield SystemCommand("Quit", "Leave; the daemon goes on", self.action_quit)

    def action_help(self) -> None:
        bindings = [active.binding for active in self.screen.active_bindings.values()]
        place = self.screen.place.name if isinstance(self.screen, PlaceScreen) else ""
        self.push_screen(Help(bindings, place))

    @work
    async def on_act(self, act: Act) -> None:
        try:
            answer = await self.source.act(act.order)
        except Failure as failure:
            step = f"\n{failure.next_step}" if failure.next_step else ""
            self.tell(f"{failure.message}{step}", "error")
        else:
            if act.awaits:
                self.outcomes.expect(act.awaits)
            self.tell(act.done(answer))

    def _take(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    def tell(self, words: str, loudness: Loudness = "information") -> None:
        text = "\n".join(several_lines(words))
        self.notify(text, severity=loudness, timeout=READ_IT_S[loudness], markup=False)

    def _keep_theme(self, chosen: Theme) -> None:
        if chosen.name == self._kept:
            return
        self._kept = chosen.name
        keep_theme(chosen.name)
        if self.liked.names_theme:
            self.tell(f"{config_file()} names {self.liked.theme}: {chosen.name} holds until you leave")

    def _tick(self) -> None:
        for screen in self._live_screens():
            screen.tick()

    def _live_screens(self) -> list[Live]:
        """None while it ends: what they consist of goes before they do."""
        on_screen = self.screen_stack if self.is_running else ()
        return [screen for screen in on_screen if isinstance(screen, Live) and screen.is_mounted]


def run(socket_path: str, *, is_plain: bool = False) -> int:
    """Until the person leaves. The exit code of the program. Raises a Failure for wrong preferences."""
    liked = read()
    dashboard = Dashboard(Client(socket_path, TIMEOUT_S), replace(liked, plain=liked.plain or is_plain))
    dashboard.run()
    return dashboard.return_code or Exit.OK
