"""The batteries of this host, as the kernel tells of them; see sysfs-class-power of the kernel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from probed.errors import NotHere
from probed.host.proc_file import word_of

SUPPLIES = Path("/sys/class/power_supply")


@dataclass(frozen=True, slots=True)
class Battery:
    name: str
    charge_percent: float | None
    status: str
    """`Charging`, `Discharging`, `Full`, `Not charging` or `Unknown`."""


def batteries() -> tuple[Battery, ...]:
    """Of the host itself, not those of a mouse. Raises NotHere where there is none."""
    found = tuple(_battery(folder) for folder in sorted(SUPPLIES.glob("*")) if _is_hosts(folder))
    if not found:
        raise NotHere("battery")
    return found


def _is_hosts(folder: Path) -> bool:
    return word_of(folder / "type") == "Battery" and word_of(folder / "scope") != "Device"


def _battery(folder: Path) -> Battery:
    charge = word_of(folder / "capacity")
    return Battery(folder.name, float(charge) if charge.isdigit() else None, word_of(folder / "status"))
