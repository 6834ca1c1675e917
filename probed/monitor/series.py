"""How many series of measured numbers there may be. The host names them, by its containers, mounts and processes: one
that starts a container under a new name each minute would make new ones for ever."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from probed.monitor.session import Row

MOST_OF_CHECK = 2000
MOST = 10_000
"""A check that has as many as it may gets no new ones; see `silent_series.py`."""

ADD = """
INSERT INTO series ("check", object, unit, written_at) SELECT :check, :object, :unit, :at
WHERE EXISTS (SELECT 1 FROM series WHERE "check" = :check AND object = :object) OR (
    (SELECT count(*) FROM series WHERE "check" = :check) < :most_of_check AND (SELECT count(*) FROM series) < :most
)
ON CONFLICT DO UPDATE
SET rolled_to = min(rolled_to, excluded.written_at), written_at = max(written_at, excluded.written_at)
"""
"""A number that comes late moves back how far the series is rolled up."""
BY_CHECK = 'SELECT "check", count(*) AS number FROM series GROUP BY "check"'


def by_check(rows: Iterable[Row]) -> Mapping[str, int]:
    return {row["check"]: row["number"] for row in rows}


def refusals(numbers: Mapping[str, int]) -> Mapping[str, str]:
    """What is not kept, by the check; by the empty name where that holds for every check. `numbers`: of series."""
    if sum(numbers.values()) >= MOST:
        return {"": _refusal("", MOST)}
    return {
        check: _refusal(f" of {check}", MOST_OF_CHECK) for check, number in numbers.items() if number >= MOST_OF_CHECK
    }


def _refusal(of: str, most: int) -> str:
    return f"the numbers of new objects{of} are not kept: those of {most} are, each measured within the last day"
