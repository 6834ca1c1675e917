"""What systemd does to other units along with one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from probed.errors import HostFailed
from probed.host import systemd
from probed.host.systemd import Unit

MAX_AFFECTED = 200
UP = ("active", "reloading", "refreshing", "activating")


@dataclass(frozen=True, slots=True)
class UnitReach:
    """Names of other units, sorted."""

    restarted: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    started: tuple[str, ...] = ()
    reloaded: tuple[str, ...] = ()
    enabled: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        named = {
            "restarted with it": self.restarted,
            "stopped by it": self.stopped,
            "started with it": self.started,
            "reloaded with it": self.reloaded,
            "enabled with it": self.enabled,
        }
        return [f"{words}: {', '.join(names)}" for words, names in named.items() if names]

    def facts(self) -> Mapping[str, object]:
        """What a decision is bound to, and what a roll-back puts back: others that would be interrupted."""
        return {"stopped_by_it": list(self.stopped)}


def of_restart(unit: Unit) -> UnitReach:
    """Raises NotHere, HostFailed."""
    start = of_start(unit)
    return UnitReach(active_with(unit.dependants), start.stopped, start.started)


def of_start(unit: Unit) -> UnitReach:
    """Raises NotHere, HostFailed."""
    pulled = _pulled_by(unit)
    conflicts = {name for each in (unit, *pulled) for name in each.conflicts}
    return UnitReach(stopped=active_with(conflicts), started=tuple(sorted(each.name for each in pulled)))


def of_stop(unit: Unit) -> UnitReach:
    """Raises NotHere, HostFailed."""
    return UnitReach(stopped=active_with(unit.dependants))


def active_with(names: Iterable[str]) -> tuple[str, ...]:
    """Those that are active, and what is restarted or stopped with them, also through others. Raises HostFailed where
    that is more than a person would read."""
    seen: set[str] = set()
    left, active = set(names), set()
    while left:
        up = [each for each in _shown(left, seen) if each.active_state in UP]
        active |= {each.name for each in up}
        left = {name for each in up for name in each.dependants} - seen
    return tuple(sorted(active))


def _pulled_by(unit: Unit) -> list[Unit]:
    """The units that are started along, also through others."""
    seen: set[str] = set()
    left, pulled = set(unit.pulled), []
    while left:
        down = [each for each in _shown(left, seen) if each.active_state not in UP and each.load_state == "loaded"]
        pulled += down
        left = {name for each in down for name in each.pulled} - seen
    return [each for each in pulled if each.name != unit.name]


def _shown(names: set[str], seen: set[str]) -> tuple[Unit, ...]:
    """They count as seen."""
    seen |= names
    if len(seen) > MAX_AFFECTED:
        raise HostFailed(f"more than {MAX_AFFECTED} units may be affected")
    return systemd.show(sorted(names))
