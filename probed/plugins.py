"""What other packages bring: checks, actions and channels, found by their entry points.

They are listed without being imported; a module is imported on first use. It runs with the daemon's rights, so it is
imported only from where nobody but those who command the daemon anyway could change it.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import Distribution, distributions
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from probed.config.trust import distrust
from probed.errors import BrokenPlugin

CHECKS, ACTIONS, CHANNELS = "cortex.checks", "cortex.actions", "cortex.channels"
NOUNS = {CHECKS: "check", ACTIONS: "action", CHANNELS: "channel"}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Plugin:
    group: str
    name: str
    module: str
    package: str
    """Which package brings it, and in which version."""
    folder: Path
    """What tells of the package, beside its code."""
    fault: str = ""
    """Why it is left out, as far as that can be told without looking at its files; empty: nothing speaks against it."""

    def broken(self, reason: str) -> BrokenPlugin:
        return BrokenPlugin(f"the {NOUNS[self.group]} {self.name!r} of {self.package} cannot be used: {reason}")


def plugins(group: str, shipped: Collection[str]) -> Mapping[str, Plugin]:
    """What is installed of a group, by name; imports nothing. A name that is `shipped` stays what it is, and one that
    two packages bring is nobody's."""
    found: dict[str, Plugin] = {}
    for plugin in _installed(group):
        if plugin.name in shipped:
            plugin = replace(plugin, fault="the name belongs to one that comes with Cortex")
        elif other := found.get(plugin.name):
            plugin = replace(plugin, fault=f"{other.package} brings one of this name, too")
        found[plugin.name] = plugin
    return found


def made_of(plugin: Plugin, make: Callable[[ModuleType], T]) -> T:
    """What `make` makes of the plugin's module. Raises BrokenPlugin, whatever goes wrong: it is no fault of ours."""
    if fault := fault_of(plugin):
        raise plugin.broken(fault)
    try:
        return make(importlib.import_module(plugin.module))
    except BrokenPlugin:
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a module may do anything, also call sys.exit()
        raise plugin.broken(f"{type(error).__name__}: {error}") from error


def fault_of(plugin: Plugin) -> str:
    """Why it is not even imported; empty: it is, on first use."""
    if plugin.fault:
        return plugin.fault
    try:
        return _distrust_of_code(plugin)
    except OSError as error:
        return f"{error.filename} cannot be looked at: {error.strerror}"
    except (ImportError, ValueError) as error:
        return str(error)


def _installed(group: str) -> Iterator[Plugin]:
    """A package that is there twice counts as Python would import it: once, the first one."""
    seen = set()
    for package in distributions():
        if not _may_bring(package, group) or (name := package.metadata["Name"]) in seen:
            continue
        seen.add(name)
        try:
            yield from [
                _plugin(group, point.name, point.value, package) for point in package.entry_points.select(group=group)
            ]
        except (TypeError, ValueError, AttributeError):
            yield replace(_plugin(group, str(name), "", package), fault="its entry points cannot be read")


def _may_bring(package: Distribution, group: str) -> bool:
    """Most do not, and are not to hold up a start, nor to break it by what they say of themselves."""
    try:
        return group in (package.read_text("entry_points.txt") or "")
    except (OSError, ValueError):
        return False


def _plugin(group: str, name: str, value: str, package: Distribution) -> Plugin:
    folder = getattr(package, "_path", package.locate_file(""))
    plugin = Plugin(group, name, value, f"{package.metadata['Name']} {package.version}", Path(str(folder)).absolute())
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
        return replace(plugin, fault="a name has up to 40 small letters, digits and _, and begins with a letter")
    if not re.fullmatch(r"\w+(\.\w+)*", value, re.ASCII):
        return replace(plugin, fault=f"{value!r} is not the name of a module")
    return plugin


def _distrust_of_code(plugin: Plugin) -> str:
    """The module's outermost package is looked at whole: it imports what it likes of itself."""
    top = plugin.module.partition(".")[0]
    spec = importlib.util.find_spec(top)  # of an outermost name this imports nothing
    roots = [Path(place) for place in (spec.submodule_search_locations if spec else None) or ()]
    if spec and not roots and spec.origin:
        roots = [Path(spec.origin)]
    if not roots:
        return f"there is no module {top!r}"
    roots.append(plugin.folder)
    for root in [*roots, *(each for folder in roots for each in _below(folder))]:
        if os.path.islink(root) and root not in roots:
            return f"{root} is a link: nobody knows who could change what it leads to"
        if fault := distrust(root.stat(), root):
            return f"{root} {fault}"
    return next(filter(None, map(_distrust_of_way, roots)), "")


def _below(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        yield from (Path(place, name) for name in (*folders, *files))


def _distrust_of_way(path: Path) -> str:
    """Whether others could put something else in its place. Further up a sticky folder will do."""
    ways = {*path.parents, *path.resolve().parents}
    for folder in sorted(ways, key=str):
        is_own = folder in (path.parent, path.resolve().parent)
        if fault := distrust(folder.stat(), folder, sticky_is_enough=not is_own):
            return f"{folder} {fault}"
    return ""
