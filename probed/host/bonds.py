"""Bonds: network interfaces that bundle several; see Documentation/networking/bonding.rst of the kernel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from probed.host.proc_file import word_of

SYS_NET = Path("/sys/class/net")
NO_PARTNER = "00:00:00:00:00:00"
LACP = "802.3ad"


@dataclass(frozen=True, slots=True)
class Bond:
    name: str
    mode: str
    """`active-backup`, `802.3ad` …"""
    members: tuple[str, ...]
    down: tuple[str, ...]
    """Members without a link."""
    alone: tuple[str, ...]
    """With 802.3ad: members with a link that were not taken into the bundle that is in use."""
    is_alone: bool
    """With 802.3ad: the switch at the other end bundles nothing."""


def bonds() -> tuple[Bond, ...]:
    return tuple(map(_bond, sorted(folder.parent for folder in SYS_NET.glob("*/bonding"))))


def _bond(folder: Path) -> Bond:
    mode = _word(folder / "bonding" / "mode")
    members = tuple(word_of(folder / "bonding" / "slaves").split())
    down = tuple(each for each in members if word_of(SYS_NET / each / "bonding_slave" / "mii_status") != "up")
    bundle = word_of(folder / "bonding" / "ad_aggregator") if mode == LACP else ""
    return Bond(
        name=folder.name,
        mode=mode,
        members=members,
        down=down,
        alone=tuple(each for each in members if each not in down and bundle and _bundle(each) not in ("", bundle)),
        is_alone=word_of(folder / "bonding" / "ad_partner_mac") == NO_PARTNER if mode == LACP else False,
    )


def _bundle(member: str) -> str:
    return word_of(SYS_NET / member / "bonding_slave" / "ad_aggregator_id")


def _word(file: Path) -> str:
    return word_of(file).partition(" ")[0]
