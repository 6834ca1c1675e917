"""Which checks, actions and kinds of channels there are, and which package brings each."""

from __future__ import annotations

import importlib
import inspect
import json
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from probed.actions.registry import MODULES, build_actions
from probed.checks.registry import BUILT_IN, CheckRegistry
from probed.config.actions import ActionsSettings
from probed.config.channels import KINDS
from probed.config.nearest import nearest
from probed.errors import BrokenPlugin
from probed.offline import effective_settings
from probed.plugins import ACTIONS, CHANNELS, CHECKS, Plugin, fault_of, made_of, plugins

OURS = "cortex-ops"
OF_EVERY_CHECK = """\
Every check also takes `looks` (as in 3 of 5: so many of the newest looks must agree), `overrides` (other bounds for
some objects or hours, or `ignore: true`) and `unusual` (on, or how far from this hour of other weeks at least)."""


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    package: str
    state: str
    """`shipped`, `installed` (not loaded), `works` (it was loaded to see that), `broken`."""
    reason: str = ""


def show(config: Path | None, noun: str, *, tries: bool, as_json: bool) -> int:
    """Ends with 1 where one cannot be used. Raises ConfigError where they are tried: with what it says of them."""
    settings = effective_settings(config).actions if tries else ActionsSettings()
    parts = inventory(noun, settings, tries=tries)
    if as_json:
        print(json.dumps({noun: [asdict(part) for part in parts]}, indent=2))
    else:
        names, packages = (max(map(len, column)) for column in zip(*((p.name, p.package) for p in parts), strict=True))
        for part in parts:
            print(f"{part.name:{names}}  {part.package:{packages}}  {part.state}  {part.reason}".rstrip())
    return 1 if any(part.state == "broken" for part in parts) else 0


def explain(noun: str, name: str) -> int:
    """Prints what the module of a check or an action says of itself: its parameters, what it means, an example."""
    group, modules = (CHECKS, BUILT_IN) if noun == "checks" else (ACTIONS, MODULES)
    others = plugins(group, modules) if noun != "channels" else {}
    if noun == "channels" or name not in {*modules, *others}:
        known = nearest(name, sorted({*modules, *others})) if noun != "channels" else "ask for checks or actions"
        print(f"there is none of the {noun} called {name!r}; {known}", file=sys.stderr)
        return 1
    try:
        plain = importlib.import_module(modules[name]) if name in modules else made_of(others[name], lambda it: it)
    except BrokenPlugin as broken:
        print(broken, file=sys.stderr)
        return 1
    words = inspect.getdoc(plain) or "nothing is said of it"
    print(words if words.startswith(f"`{name}`") else f"`{name}`: {words}")
    if noun == "checks":
        print(f"\n{OF_EVERY_CHECK}")
    return 0


def inventory(noun: str, settings: ActionsSettings, *, tries: bool) -> Sequence[Part]:
    """Imports what other packages bring only where it `tries` them."""
    group, shipped, load = _kinds_of(settings)[noun]
    ours = [Part(name, f"{OURS} {version(OURS)}", "shipped") for name in sorted(shipped)]
    return [*ours, *(_part(plugin, load if tries else None) for plugin in _sorted(plugins(group, shipped)))]


def broken_plugins(settings: ActionsSettings, *, tries: bool) -> Sequence[str]:
    """What is left out of all that is installed, each with the reason."""
    parts = [(noun, part) for noun in _kinds_of(settings) for part in inventory(noun, settings, tries=tries)]
    return [part.reason for _, part in parts if part.state == "broken"]


def count(settings: ActionsSettings) -> int:
    return sum(len(plugins(group, shipped)) for group, shipped, _ in _kinds_of(settings).values())


def _kinds_of(settings: ActionsSettings) -> Mapping[str, tuple[str, Collection[str], Callable[[Plugin], object]]]:
    checks, actions = CheckRegistry(), build_actions(settings)
    return {
        "checks": (CHECKS, BUILT_IN, lambda plugin: checks.load(plugin.name)),
        "actions": (ACTIONS, MODULES, lambda plugin: actions.get(plugin.name)),
        "channels": (CHANNELS, KINDS, lambda plugin: made_of(plugin, lambda module: module.build)),
    }


def _sorted(found: Mapping[str, Plugin]) -> Sequence[Plugin]:
    return [found[name] for name in sorted(found)]


def _part(plugin: Plugin, load: Callable[[Plugin], object] | None) -> Part:
    if fault := fault_of(plugin):
        return Part(plugin.name, plugin.package, "broken", str(plugin.broken(fault)))
    if load is None:
        return Part(plugin.name, plugin.package, "installed")
    try:
        load(plugin)
    except BrokenPlugin as broken:
        return Part(plugin.name, plugin.package, "broken", str(broken))
    return Part(plugin.name, plugin.package, "works")
