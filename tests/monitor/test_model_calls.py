"""What models took and cost is summed for the run, the inspection, the day and the month."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from probed.agent.gateway.books import MonitorBooks, Payer
from probed.core.budget import Spent
from probed.core.model_call import CallOutcome, ModelCall, Tokens
from probed.core.model_facts import Spending
from probed.monitor.sqlite import SqliteMonitor

DAY = datetime(2026, 12, 2, tzinfo=UTC)
MONTH = datetime(2026, 12, 1, tzinfo=UTC)
CALL = ModelCall(
    "run-1", "disk", DAY, "small", "anthropic", "claude-x", CallOutcome.ANSWERED, Tokens(1, 2, 3, 4), 0.5, 1.25
)


async def test_what_was_spent_is_summed_by_what_it_counts_for(monitor: SqliteMonitor) -> None:
    yesterday, before = DAY - timedelta(hours=1), MONTH - timedelta(hours=1)
    calls = [
        CALL,
        replace(CALL, run_id="run-2", cost_usd=0.25),
        replace(CALL, run_id="run-3", inspection_id="other", cost_usd=1.0),
        replace(CALL, run_id="run-1", at=yesterday, cost_usd=2.0),
        replace(CALL, run_id="run-1", at=before, cost_usd=4.0),
    ]
    async with monitor.transaction() as tx:
        for call in calls:
            await tx.model_calls.add(call)

    assert await monitor.spent("run-1", "disk", DAY, MONTH) == Spent(6.5, 0.75, 1.75, 3.75)
    assert await monitor.spent("run-9", "none", DAY, MONTH) == Spent(0, 0, 1.75, 3.75)
    assert await monitor.spending(DAY) == [Spending("other", 1, 6, 4, 1.0), Spending("disk", 2, 12, 8, 0.75)]


async def test_what_was_spent_is_read_beside_a_transaction_that_goes_on(monitor: SqliteMonitor) -> None:
    async with asyncio.timeout(10), monitor.transaction() as tx:
        await tx.model_calls.add(CALL)
        assert await MonitorBooks(monitor, monitor).spent(Payer("run-1", "disk"), DAY) == Spent()
    assert await MonitorBooks(monitor, monitor).spent(Payer("run-1", "disk"), DAY) == Spent(0.5, 0.5, 0.5, 0.5)
