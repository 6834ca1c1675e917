"""The ledger of what models took and cost."""

from __future__ import annotations

from datetime import datetime

from probed.core.budget import Spent
from probed.core.model_call import ModelCall
from probed.core.model_facts import Spending
from probed.monitor.cells import micros
from probed.monitor.runs import IS_SAVED
from probed.monitor.session import Row, Session
from probed.monitor.statements import insert_into, table

MODEL_CALLS = table(
    "model_calls",
    "seq run_id inspection at tier upstream model outcome input_tokens cache_write_tokens cache_read_tokens"
    " output_tokens cost_usd took_s",
)
INSERT = insert_into(MODEL_CALLS)
SPENT = """
SELECT (SELECT coalesce(sum(cost_usd), 0) FROM model_calls WHERE run_id = :run_id) AS run_usd,
    coalesce(sum(cost_usd) FILTER (WHERE at >= :day AND inspection = :inspection), 0) AS inspection_usd,
    coalesce(sum(cost_usd) FILTER (WHERE at >= :day), 0) AS day_usd,
    coalesce(sum(cost_usd), 0) AS month_usd
FROM model_calls WHERE at >= :month
"""


SPENDING = f"""
WITH spent AS (
    SELECT inspection, count(*) AS calls, sum(input_tokens + cache_write_tokens + cache_read_tokens) AS input_tokens,
        sum(output_tokens) AS output_tokens, sum(cost_usd) AS cost_usd, 0 AS saved
    FROM model_calls WHERE at >= :since GROUP BY inspection
    UNION ALL
    SELECT inspection, 0, 0, 0, 0.0, count(*) FROM runs INDEXED BY runs_by_gate
    WHERE created_at >= :since AND {IS_SAVED} GROUP BY inspection
)
SELECT inspection, sum(calls) AS calls, sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
    sum(cost_usd) AS cost_usd, sum(saved) AS saved
FROM spent GROUP BY inspection ORDER BY cost_usd DESC, inspection LIMIT 100
"""  # noqa: S608 (no value from outside)
"""With the runs that were spared a call."""


def to_row(call: ModelCall) -> dict[str, object]:
    return {
        "run_id": call.run_id,
        "inspection": call.inspection_id,
        "at": micros(call.at),
        "tier": call.tier,
        "upstream": call.upstream,
        "model": call.model,
        "outcome": call.outcome.value,
        "input_tokens": call.tokens.input,
        "cache_write_tokens": call.tokens.cache_write,
        "cache_read_tokens": call.tokens.cache_read,
        "output_tokens": call.tokens.output,
        "cost_usd": call.cost_usd,
        "took_s": call.took_s,
    }


def spent_of(run_id: str, inspection_id: str, day: datetime, month: datetime) -> dict[str, object]:
    """What `SPENT` asks for."""
    return {"run_id": run_id, "inspection": inspection_id, "day": micros(day), "month": micros(month)}


def spent_from_row(row: Row) -> Spent:
    return Spent(row["run_usd"], row["inspection_usd"], row["day_usd"], row["month_usd"])


def spending_from_row(row: Row) -> Spending:
    return Spending(
        row["inspection"], row["calls"], row["input_tokens"], row["output_tokens"], row["cost_usd"], row["saved"]
    )


class ModelCallRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, call: ModelCall) -> None:
        await self._session.write(INSERT, to_row(call))
