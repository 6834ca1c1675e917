"""Temperatures, as the kernel's drivers measure them; see Documentation/hwmon/sysfs-interface.rst of the kernel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from probed.host.proc_file import word_of

HWMON = Path("/sys/class/hwmon")
PLAUSIBLE_C = (20.0, 150.0)
"""Drivers that know no limit often say 0, 255 or 65261."""


@dataclass(frozen=True, slots=True)
class Temperature:
    name: str
    """`coretemp Package id 0`, `nvme Composite` …; numbered where one name occurs twice."""
    celsius: float
    critical_c: float | None
    """Where the device itself says that it is damaged or goes off."""
    has_alarm: bool
    """The device itself says that it is at its critical limit."""


def temperatures(folder: Path | None = None) -> tuple[Temperature, ...]:
    """What does not answer (a disk that sleeps, a network card that is off) is left out."""
    found: dict[str, Temperature] = {}
    for chip in sorted((folder or HWMON).glob("hwmon*")):
        for each in _of(chip):
            name, number = each.name, 2
            while name in found:
                name, number = f"{each.name} #{number}", number + 1
            found[name] = Temperature(name, each.celsius, each.critical_c, each.has_alarm)
    return tuple(found.values())


def _of(chip: Path) -> Iterator[Temperature]:
    driver = word_of(chip / "name") or chip.name
    for file in sorted(chip.glob("temp*_input")):
        sensor = file.name.removesuffix("_input")
        celsius = _degrees(file)
        if celsius is None:
            continue
        label = word_of(chip / f"{sensor}_label") or sensor
        limit = _degrees(chip / f"{sensor}_crit")
        known = limit if limit is not None and PLAUSIBLE_C[0] <= limit <= PLAUSIBLE_C[1] else None
        yield Temperature(f"{driver} {label}", celsius, known, word_of(chip / f"{sensor}_crit_alarm") == "1")


def _degrees(file: Path) -> float | None:
    try:
        return int(word_of(file)) / 1000.0
    except ValueError:
        return None
