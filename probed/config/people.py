"""The `people` section: who is behind the accounts that approve."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSettings:
    uids: tuple[int, ...] = ()
    """User ids of this host that are this person's alone."""
    telegram: tuple[int, ...] = ()
    """Telegram user ids of this person."""
