from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import Field

from probed.agent.probes.probe import Probe
from probed.agent.probes.table import Cell, Table, moment
from probed.core.case import Case
from probed.errors import DeadlineExceeded
from probed.ports import Page, Workers

Cases = Callable[[int, str | None], Awaitable[Page[Case]]]
"""So many of the monitor's cases, the newest first, before the key of an earlier page."""
PAGE = 200
MOST_CASES = 2000
"""That are looked through."""


@dataclass(frozen=True, slots=True)
class Params:
    check: Annotated[str, Field(max_length=200, description="only of this check, such as disk")] = ""
    object: Annotated[str, Field(max_length=200, description="only of objects whose name contains this")] = ""
    days: Annotated[int, Field(ge=1, le=730, description="how far back")] = 30
    open_only: Annotated[bool, Field(description="only those that are not over")] = False
    limit: Annotated[int, Field(ge=1, le=100, description="at most so many rows")] = 30


def probe(cases: Cases) -> Probe[Params]:
    async def ask(params: Params, workers: Workers, deadline_s: float) -> Table:
        try:
            async with asyncio.timeout(deadline_s):
                found, is_whole = await _found(cases, params)
        except TimeoutError:
            raise DeadlineExceeded(f"past_incidents: no answer within {deadline_s:g} s") from None
        note = "" if is_whole else f"only the newest {MOST_CASES} were looked through"
        return Table(COLUMNS, [_row(each) for each in found], limit=params.limit, note=note)

    return Probe(
        "past_incidents",
        "Problems that were found on this host before, newest first: since when, until when, and what was done about "
        "them.",
        Params,
        ask,
    )


COLUMNS = ("opened", "resolved", "check", "object", "severity", "summary", "stage", "what was done", "id")


async def _found(cases: Cases, params: Params) -> tuple[Sequence[Case], bool]:
    since = datetime.now(UTC) - timedelta(days=params.days)
    found: list[Case] = []
    before: str | None = None
    for _ in range(MOST_CASES // PAGE):
        page = await cases(PAGE, before)
        found += [each for each in page.items if _fits(each, params, since)]
        before = page.next
        if before is None or (page.items and page.items[-1].opened_at < since):
            return found, True
    return found, False


def _fits(case: Case, params: Params, since: datetime) -> bool:
    return (
        params.check in ("", case.check)
        and params.object in case.object
        and case.opened_at >= since
        and not (params.open_only and case.resolved_at)
    )


def _row(case: Case) -> Sequence[Cell]:
    return (
        moment(case.opened_at),
        moment(case.resolved_at) if case.resolved_at else None,
        case.check,
        case.object,
        str(case.severity),
        case.summary,
        str(case.stage),
        "; ".join(part for part in (case.outlook, *case.tried) if part) or None,
        case.id,
    )
