"""What a clock on the wall shows, as a moment."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo


def moment_of(shown: datetime, zone: tzinfo | None, *, second_time: bool = False) -> datetime:
    """When the clock shows this (naive) time; without a zone it is the host's. A time that the day skips counts from
    midnight as on other days; of one that comes twice it is the first, unless told otherwise."""
    # astimezone() would have a skipped time of the host's zone an hour too early
    return datetime.fromtimestamp(shown.replace(tzinfo=zone, fold=int(second_time)).timestamp(), UTC)
