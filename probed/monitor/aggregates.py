"""Rolled-up numbers in the monitor: least, mean, most and count of five minutes, and of an hour."""

from __future__ import annotations

from collections.abc import Sequence

from probed.core.trend import Point, spliced
from probed.monitor.session import Session

FIVE_MINUTES_S = 300
HOUR_S = 3600
IN_A_WIDTH = 4
"""Points of a group of hours for one that is wanted."""


REPLACE = """
ON CONFLICT DO UPDATE SET least = excluded.least, mean = excluded.mean, most = excluded.most, count = excluded.count
"""
ROLL_UP_SAMPLES = f"""
INSERT INTO aggregates (series_id, step_s, number, least, mean, most, count)
SELECT series_id, {FIVE_MINUTES_S}, at / {FIVE_MINUTES_S * 10**6},
    nullif(min(value), max(value)), CASE WHEN min(value) = max(value) THEN min(value) ELSE avg(value) END,
    nullif(max(value), min(value)), count(*)
FROM samples WHERE series_id = :series_id AND at >= :since AND at < :until
GROUP BY at / {FIVE_MINUTES_S * 10**6} {REPLACE}
"""  # noqa: S608 (no value from outside)
ROLL_UP_MINUTES = f"""
INSERT INTO aggregates (series_id, step_s, number, least, mean, most, count)
SELECT series_id, {HOUR_S}, number / {HOUR_S // FIVE_MINUTES_S},
    nullif(min(coalesce(least, mean)), max(coalesce(most, mean))),
    CASE WHEN min(coalesce(least, mean)) = max(coalesce(most, mean)) THEN min(mean)
        ELSE sum(mean * count) / sum(count) END,
    nullif(max(coalesce(most, mean)), min(coalesce(least, mean))), sum(count)
FROM aggregates WHERE series_id = :series_id AND step_s = {FIVE_MINUTES_S}
    AND number >= :since / {HOUR_S * 10**6} * {HOUR_S // FIVE_MINUTES_S} AND number < :until / {FIVE_MINUTES_S * 10**6}
GROUP BY number / {HOUR_S // FIVE_MINUTES_S} {REPLACE}
"""  # noqa: S608 (no value from outside)
"""A whole hour anew, though it has only begun: as a row of an hour it grows with each turn."""
POINTS = """
SELECT number * :step_s / :group_s * :group_s AS at_s, min(coalesce(least, mean)) AS least,
    sum(mean * count) / sum(count) AS mean, max(coalesce(most, mean)) AS most, sum(count) AS count
FROM series JOIN aggregates ON series.id = aggregates.series_id
WHERE series."check" = :check AND series.object = :object
    AND step_s = :step_s AND number >= :since_s / :step_s AND number < :until_s / :step_s
GROUP BY 1 ORDER BY 1
"""
NEWEST = """
SELECT at / (:group_s * 1000000) * :group_s AS at_s, min(value) AS least, avg(value) AS mean, max(value) AS most,
    count(*) AS count
FROM series JOIN samples ON series.id = samples.series_id
WHERE series."check" = :check AND series.object = :object
    AND at >= :since_s * 1000000 AND at < :until_s * 1000000
GROUP BY 1 ORDER BY 1
"""


async def points_of(
    session: Session, check: str, object_: str, since_s: int, until_s: int, width_s: int
) -> Sequence[Point]:
    """In the order of time; some for each `width_s`, or as many as are kept."""

    async def read(sql: str, step_s: int, since_s: int, group_s: int) -> list[Point]:
        span = {"step_s": step_s, "group_s": group_s, "since_s": since_s, "until_s": until_s}
        rows = await session.rows(sql, {"check": check, "object": object_, **span})
        return [Point(row["at_s"], row["least"], row["mean"], row["most"], row["count"]) for row in rows]

    group_s = max(HOUR_S, width_s // IN_A_WIDTH // HOUR_S * HOUR_S)
    hours = await read(POINTS, HOUR_S, since_s, group_s)
    may_be_coarse = width_s >= HOUR_S and hours
    minutes = await read(POINTS, FIVE_MINUTES_S, int(hours[-1].at_s) if may_be_coarse else since_s, FIVE_MINUTES_S)
    may_be_coarse = width_s >= FIVE_MINUTES_S and minutes
    after_s = int(minutes[-1].at_s) + FIVE_MINUTES_S if may_be_coarse else since_s
    newest = await read(NEWEST, 1, after_s, min(width_s, FIVE_MINUTES_S))
    return spliced(spliced(hours, group_s, minutes), FIVE_MINUTES_S, newest)
