"""Who is who: the listed people behind the accounts that approve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ROOT = 0
UNKNOWN_LOGIN = -1
"""Somebody may have logged in, and it cannot be told any more who: nobody's login uid."""


@dataclass(frozen=True, slots=True)
class Account:
    """As the kernel or Telegram vouches for it."""

    uid: int | None = None
    login_uid: int | None = None
    """Who logged in (audit's login uid), whatever uid that person took since; None: nobody did, or the kernel keeps no
    such account."""
    telegram_id: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    uids: frozenset[int] = frozenset()
    telegram_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class People:
    listed: Mapping[str, Person] = field(default_factory=dict)

    def behind(self, account: Account) -> str:
        """The name of the one listed person that the account stands for; empty where that cannot be told.

        Root is an account, not a person: whoever became root is known by the login. So is who took another's uid.
        """
        if account.telegram_id is not None:
            names = [person.name for person in self.listed.values() if account.telegram_id in person.telegram_ids]
        else:
            uid = account.uid if account.login_uid is None else account.login_uid
            names = [person.name for person in self.listed.values() if uid != ROOT and uid in person.uids]
        return names[0] if len(names) == 1 else ""
