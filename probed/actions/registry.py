"""Every action by its name: those of `SHIPPED`, each a file beside this one, and what other packages bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import cast

from probed.actions.foreign import foreign_action
from probed.actions.performer import OwnHands, Performer
from probed.config.actions import SHIPPED, ActionsSettings
from probed.errors import NotFound
from probed.plugins import ACTIONS, Plugin, plugins
from probed.ports import Action

MODULES: Mapping[str, str] = {name: f"probed.actions.{name}" for name in SHIPPED}


def build_actions(settings: ActionsSettings, performer: Performer | None = None) -> Registry:
    return Registry(settings, performer or OwnHands())


class Registry:
    """Imports an action, and builds it with `build(settings, performer)` of its module, when it is first asked for."""

    def __init__(self, settings: ActionsSettings, performer: Performer) -> None:
        self._settings, self._performer = settings, performer
        self._built: dict[str, Action] = {}

    def names(self) -> Sequence[str]:
        return (*MODULES, *sorted(name for name in self.plugins() if name not in MODULES))

    def plugins(self) -> Mapping[str, Plugin]:
        """What other packages bring; imports nothing."""
        return plugins(ACTIONS, MODULES)

    def fault(self, name: str) -> str:
        """Why an action that is named cannot be used; one that comes with Cortex can, and is not looked at."""
        if name in MODULES:
            return ""
        try:
            self.get(name)
        except NotFound as error:
            return str(error)
        return ""

    def get(self, name: str) -> Action:
        """Raises NotFound, also where it is a broken one of another package."""
        if name not in self._built:
            self._built[name] = self._build(name)
        return self._built[name]

    def _build(self, name: str) -> Action:
        if name in MODULES:
            module = import_module(MODULES[name])
            return cast(Action, module.build(self._settings, self._performer))
        if plugin := self.plugins().get(name):
            return foreign_action(plugin, self._settings.plugins.get(name), self._performer)
        raise NotFound(f"there is no action {name!r}; there are {', '.join(self.names())}")
