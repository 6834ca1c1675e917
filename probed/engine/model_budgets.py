"""Budgets of models that stopped a request: a person is asked once whether to raise one, and what was is kept."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from probed.core.budget import Span
from probed.core.budget_raise import MOST, BudgetRaise, BudgetStop, inspection_of, raises_in, span_of
from probed.core.finding import ActionCall, Finding, Severity
from probed.engine.ingest import Ingest
from probed.errors import CortexError
from probed.ports import BudgetBoard, Clock, Monitor, Queries, ReportDraft

log = logging.getLogger("cortex.budgets")

CHECK = "model_budget"
ACTION = "raise_model_budget"
TOLD, RAISES = "model_budgets_told", "model_budgets_raised"
"""Names of settings: what is a finding now or was asked before, and what budgets were raised to."""
LOOK_EVERY_S = 60.0

Left = Callable[[str], Awaitable[float]]
"""What is left of a budget by the ledger, in US dollars."""


@dataclass(frozen=True, slots=True)
class _Told:
    stop: BudgetStop
    is_open: bool
    asks: bool
    """Whether its finding proposes to raise it, as it does the first time in a period where that would help."""


class BudgetKeeper:
    def __init__(
        self, board: BudgetBoard, left: Left | None, monitor: Monitor, queries: Queries, ingest: Ingest, clock: Clock
    ) -> None:
        """`left`: None where no model is configured."""
        self._board, self._left, self._monitor, self._queries = board, left, monitor, queries
        self._ingest, self._clock = ingest, clock
        self._told: dict[str, _Told] = {}
        self._kept: Sequence[BudgetRaise] = ()
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Until it is cancelled; where no model is configured any more it ends at once, with its alert."""
        self._board.on_news = partial(_wake, asyncio.get_running_loop(), self._news)
        while True:
            try:
                await self.turn()
            except CortexError as error:
                log.error("the budgets of the models: %s", error)
            except Exception:
                log.exception("a turn of the models' budgets failed")
            if self._left is None:
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._news.wait()
            self._news.clear()

    async def recover(self) -> None:
        """What was known before this start."""
        self._told = {row["stop"]["budget"]: _told_of(row) for row in _rows(await self._queries.setting(TOLD))}
        self._kept = raises_in(await self._queries.setting(RAISES))
        for raised in self._kept:
            self._board.raise_to(raised)
        for told in self._told.values():
            if told.is_open:
                self._board.stop(told.stop)
        self._board.keep(self._kept)

    async def turn(self) -> None:
        now = self._clock.now()
        for raised in self._board.raises():
            if raised.until <= now:
                self._board.put_back(raised.budget)
        await self._keep(self._board.raises())
        for stop in self._board.stops():
            if stop.until <= now or await self._left_of(stop) >= stop.needed_usd:
                self._board.settle(stop)
        await self._tell(now)

    async def _keep(self, raises: Sequence[BudgetRaise]) -> None:
        if set(raises) != set(self._kept):
            async with self._monitor.transaction() as tx:
                await tx.settings.set(RAISES, [each.to_payload() for each in raises])
            self._kept = raises
        self._board.keep(raises)

    async def _tell(self, now: datetime) -> None:
        """Only what is new. The report first: told twice is better than never."""
        stops = {stop.budget: stop for stop in self._board.stops()}
        told = {name: each for name, each in self._told.items() if each.is_open or each.stop.until > now}
        told |= {name: replace(each, is_open=False) for name, each in told.items() if name not in stops}
        for name, stop in stops.items():
            if name not in told or not told[name].is_open:
                told[name] = _Told(stop, is_open=True, asks=name not in told and await self._helps(stop))
        told = {name: each for name, each in told.items() if each.is_open or each.stop.until > now}
        if told == self._told:
            return
        findings = [_finding(each) for each in told.values() if each.is_open]
        if findings != [_finding(each) for each in self._told.values() if each.is_open]:
            summary = findings[0].summary if findings else "no budget stops a request to a model any more"
            verdict = "warning" if findings else "ok"
            await self._ingest.report_own(ReportDraft("cortex", verdict, summary, tuple(findings)), CHECK)
        async with self._monitor.transaction() as tx:
            await tx.settings.set(TOLD, [_row_of(each) for each in told.values()])
        self._told = told

    async def _left_of(self, stop: BudgetStop) -> float:
        return await self._left(stop.budget) if self._left else math.inf

    async def _helps(self, stop: BudgetStop) -> bool:
        """Whether twice the limit would have let the request pass."""
        is_raised = any(each.budget == stop.budget for each in self._board.raises())
        more_usd = stop.limit_usd * (MOST - 1)
        return not is_raised and await self._left_of(stop) + more_usd >= stop.needed_usd


def _wake(loop: asyncio.AbstractEventLoop, news: asyncio.Event) -> None:
    """From any thread."""
    with contextlib.suppress(RuntimeError):  # the daemon ends
        loop.call_soon_threadsafe(news.set)


def _finding(told: _Told) -> Finding:
    stop = told.stop
    begins_anew = f"{stop.until.astimezone():%Y-%m-%d %H:%M}"
    summary = f"{_words(stop.budget)} (${stop.limit_usd:g}) stops requests to models until {begins_anew}"
    evidence = {"limit": f"${stop.limit_usd:g}", "the request needed": f"${stop.needed_usd:.4f}"}
    proposal = ActionCall(ACTION, {"budget": stop.budget, "usd": stop.limit_usd * MOST}) if told.asks else None
    return Finding(CHECK, stop.budget, Severity.WARNING, summary, evidence, proposal)


def _words(budget: str) -> str:
    match span_of(budget):
        case Span.CALL:
            return "the budget of one request"
        case Span.INSPECTION:
            return f"the daily budget of the inspection {inspection_of(budget)}"
        case _:
            return f"the budget of the {budget}"


def _row_of(told: _Told) -> dict[str, object]:
    stop = told.stop
    row = {"budget": stop.budget, "limit_usd": stop.limit_usd, "needed_usd": stop.needed_usd}
    return {"stop": {**row, "until": stop.until.isoformat()}, "is_open": told.is_open, "asks": told.asks}


def _told_of(row: dict[str, dict[str, str]]) -> _Told:
    stop = row["stop"]
    until = datetime.fromisoformat(stop["until"])
    known = BudgetStop(stop["budget"], float(stop["limit_usd"]), float(stop["needed_usd"]), until)
    return _Told(known, bool(row["is_open"]), bool(row["asks"]))


def _rows(payload: object) -> list[dict[str, dict[str, str]]]:
    return payload if isinstance(payload, list) else []
