"""Uninterruptible power supplies, as the Network UPS Tools (`upsc`) tell."""

from __future__ import annotations

import errno
import shutil
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from probed.errors import HostFailed, NotHere
from probed.host.command import Completed, run_command

PROGRAM = "upsc"
DEADLINE_S = 5.0
HERE = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
PORT = 3493
REFUSED = (errno.ECONNREFUSED, errno.EADDRNOTAVAIL, errno.ENETUNREACH)
"""The latter two where this host has no IPv6."""
NOT_CONNECTED = ("Connection failure", "Connection refused")


@dataclass(frozen=True, slots=True)
class Supply:
    name: str
    flags: tuple[str, ...]
    """`OL` on line, `OB` on battery, `LB` low battery, `RB` replace battery …; empty: its driver does not answer."""
    charge_percent: float | None
    runtime_s: float | None
    load_percent: float | None
    alarm: str
    trouble: str = ""
    """Why it tells nothing."""


def names(server: str = "") -> tuple[str, ...]:
    """Raises NotHere where nobody looks after any, HostFailed."""
    if not server and shutil.which(PROGRAM) and _is_nobody_here():
        raise NotHere("UPS server (upsd)")
    done = _upsc(["-l", *([server] if server else [])])
    if done.exit_code and any(words in done.stderr for words in NOT_CONNECTED):
        raise NotHere("UPS server (upsd)")
    if done.exit_code:
        raise HostFailed(f"upsc: {done.stderr.strip()}")
    return tuple(f"{name}@{server}" if server else name for name in done.stdout.split())


def supply(name: str) -> Supply:
    """Raises HostFailed."""
    done = _upsc([name])
    if done.exit_code:
        lines = [line for line in done.stderr.strip().splitlines() if line.startswith("Error:")]
        return Supply(name, (), None, None, None, "", lines[-1] if lines else done.stderr.strip())
    return told(name, done.stdout)


def told(name: str, text: str) -> Supply:
    facts = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in text.splitlines())}
    return Supply(
        name=name,
        flags=tuple(facts.get("ups.status", "").split()),
        charge_percent=_number(facts, "battery.charge"),
        runtime_s=_number(facts, "battery.runtime"),
        load_percent=_number(facts, "ups.load"),
        alarm=facts.get("ups.alarm", ""),
    )


def _number(facts: Mapping[str, str], name: str) -> float | None:
    try:
        return float(facts[name])
    except (KeyError, ValueError):
        return None


def _is_nobody_here() -> bool:
    """Whether the port is closed at both addresses that the program would try; costs less than it."""
    return all(_is_refused(family, address) for family, address in HERE)


def _is_refused(family: socket.AddressFamily, address: str) -> bool:
    with suppress(OSError), socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(DEADLINE_S)
        return probe.connect_ex((address, PORT)) in REFUSED
    return True


def _upsc(arguments: list[str]) -> Completed:
    if not (program := shutil.which(PROGRAM)):
        raise NotHere("the Network UPS Tools")
    try:
        done = run_command([program, *arguments], deadline_s=DEADLINE_S, env={"LC_ALL": "C"})
    except OSError as error:
        raise HostFailed(f"upsc cannot be started: {error.strerror}") from error
    if done.timed_out:
        raise HostFailed(f"upsc gave no answer within {DEADLINE_S:g} s")
    return done
