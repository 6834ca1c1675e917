"""Which checks, actions and kinds of channels there are, and which package brings each."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from probed.actions.registry import MODULES, build_actions
from probed.checks.registry import BUILT_IN, CheckRegistry
from probed.config.actions import ActionsSettings
from probed.config.channels import KINDS
from probed.errors import BrokenPlugin
from probed.offline import effective_settings
from probed.plugins import ACTIONS, CHANNELS, CHECKS, Plugin, fault_of, made_of, plugins

OURS = "cortex-ops"


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
