"""What all clients hold together is bounded, and no user gets all of it."""

from __future__ import annotations

from collections import Counter

from probed.api.peer import Peer, Role


class Quota:
    """Administrators may take what there is. Anybody else gets so much, and never the last part: whatever the others
    do, an administrator can still look and act."""

    def __init__(self, most: int, most_each: int, reserved: int) -> None:
        self._most, self._most_each, self._reserved = most, most_each, reserved
        self._total = 0
        self._of: Counter[int] = Counter()

    def hold(self, peer: Peer, role: Role) -> Holding:
        return Holding(self, peer.uid, role is Role.ADMIN)

    def take(self, uid: int, amount: int, *, is_admin: bool) -> bool:
        total, own = self._total + amount, self._of[uid] + amount
        if total > self._most or not (is_admin or (total <= self._most - self._reserved and own <= self._most_each)):
            return False
        self._total += amount
        self._of[uid] += amount
        return True

    def give_back(self, uid: int, amount: int) -> None:
        self._total -= amount
        self._of[uid] -= amount
        if not self._of[uid]:
            del self._of[uid]


class Holding:
    """What one request or connection has taken."""

    def __init__(self, quota: Quota, uid: int, is_admin: bool) -> None:
        self._quota, self._uid, self._is_admin = quota, uid, is_admin
        self._amount = 0

    def take(self, amount: int = 1) -> bool:
        """False when there is no more to be had."""
        taken = self._quota.take(self._uid, amount, is_admin=self._is_admin)
        if taken:
            self._amount += amount
        return taken

    def release(self) -> None:
        self._quota.give_back(self._uid, self._amount)
        self._amount = 0
