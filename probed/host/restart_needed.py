"""Whether this host waits for a reboot: because a package says so, or because a newer kernel is installed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REQUIRED = Path("/run/reboot-required")
PACKAGES = Path("/run/reboot-required.pkgs")
MODULES = Path("/lib/modules")
BOOT = Path("/boot")


@dataclass(frozen=True, slots=True)
class Reason:
    text: str
    since: float
    """Seconds since the epoch."""


def running_kernel() -> str:
    return os.uname().release


def reasons(kernel: str) -> tuple[Reason, ...]:
    """`kernel`: the running one's release."""
    return (*_asked_for(), *_newer_kernel(kernel))


def newest_kernel(kernel: str) -> tuple[str, float] | None:
    """The newest installed release of the same flavour (`-amd64`, `-generic` …) and since when it is there; None where
    no kernel is installed in the usual places, as in a container."""
    flavour = _flavour(kernel)
    found = [(_order(name), name, at) for name, at in _installed() if _flavour(name) == flavour]
    newest = max(found, default=None)
    return (newest[1], newest[2]) if newest else None


def _asked_for() -> Iterator[Reason]:
    try:
        since = REQUIRED.stat().st_mtime
    except OSError:
        return
    try:
        packages = ", ".join(dict.fromkeys(PACKAGES.read_text().split()))
    except OSError:
        packages = ""
    yield Reason(f"a reboot is required{f' by {packages:.200}' if packages else ''}", since)


def _newer_kernel(kernel: str) -> Iterator[Reason]:
    newest = newest_kernel(kernel)
    if newest and _order(newest[0]) > _order(kernel):
        yield Reason(f"the kernel {newest[0]} is installed, {kernel} runs", newest[1])


def _installed() -> Iterator[tuple[str, float]]:
    """An image to boot, with its modules."""
    for image in sorted(BOOT.glob("vmlinuz-*")):
        name = image.name.removeprefix("vmlinuz-")
        if (MODULES / name).is_dir():
            yield name, image.stat().st_mtime
    for image in sorted(MODULES.glob("*/vmlinuz")):
        yield image.parent.name, image.stat().st_mtime


def _flavour(release: str) -> str:
    """What stands behind the last number that a hyphen sets off: `amd64` of `6.1.0-18-amd64`."""
    return re.sub(r"^[\d.]+(?:-rc\d+)?(?:-\d[\d.]*)?", "", release)


def _order(release: str) -> tuple[int, ...]:
    """Numbers as numbers: `6.1.0-9` comes before `6.1.0-18`."""
    return tuple(int(number) for number in re.findall(r"\d+", release.removesuffix(_flavour(release))))
