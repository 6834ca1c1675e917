"""What the configuration says to what other packages bring, in the types that these have for it."""

from __future__ import annotations

from dataclasses import dataclass, is_dataclass
from types import ModuleType
from typing import Any

from probed.errors import BrokenPlugin
from probed.plugins import Plugin


@dataclass(frozen=True, slots=True)
class Unusable:
    """In the place of the options of a plugin that cannot be used: it is left out, the others go on."""

    line: int
    reason: str


def options_type(module: ModuleType) -> type[Any] | None:
    """The plugin's `Settings`; None where it has none. Raises TypeError."""
    section: type[Any] | None = getattr(module, "Settings", None)
    if section is not None and not (isinstance(section, type) and is_dataclass(section)):
        raise TypeError("`Settings` is no dataclass")
    return section


def options_for(plugin: Plugin, module: ModuleType, options: object) -> object:
    """What its `build` gets: the options as the configuration was read, else the defaults; None where it has no
    `Settings`. Raises BrokenPlugin."""
    if isinstance(options, Unusable):
        raise BrokenPlugin(options.reason)
    section = options_type(module)
    if options is not None or section is None:
        return options
    try:
        return section()
    except TypeError as error:
        raise plugin.broken(f"the configuration has to say something of it: {error}") from error
