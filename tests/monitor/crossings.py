"""How often the threads of the database's connections are crossed to."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from probed.monitor.driver import Driver, Work


def count_crossings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry a crossing: the number of statements beside the last one."""
    crossings: list[int] = []
    work = Driver.work

    async def counting(self: Driver, first: Sequence[Work[object]], last: Work[object]) -> object:
        crossings.append(len(first))
        return await work(self, first, last)

    monkeypatch.setattr(Driver, "work", counting)
    return crossings
