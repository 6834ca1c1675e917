"""`cortexctl budget`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from cortexctl import times
from cortexctl.commands.models import EACH
from cortexctl.noun import single
from cortexctl.options import JsonFlag
from cortexctl.session import session_of
from cortexctl.table import emit_table

if TYPE_CHECKING:
    from datetime import datetime

    from probed.wire.model import BudgetShape

HELP = """\
\b
Examples:
  cortexctl budget
  cortexctl budget --json

What models may still cost: each request and question, each inspection a day, today, this month; and what was raised.

The limits stand in agent.budget of the configuration. A request that may cost more than is left is never sent; you are
asked once whether the budget is raised until it begins anew: cortexctl decisions list.
"""

app = single()


@app.command(help=HELP)
def budget(ctx: typer.Context, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    models = session.daemon.models()
    if as_json:
        shown = {"backend": models.backend, "budgets": models.budgets, "today": models.today}
        session.output.emit_json(shown, rows="budgets")
        return
    if models.backend == "none":
        session.output.emit("no model is asked: agent.backend is none")
        return
    now = times.now()
    rows = [_row(each, now) for each in (*models.budgets, *models.today)]
    emit_table(session.output, ("budget", "spent", "left", "limit", "raised"), rows)


def _row(budget: BudgetShape, now: datetime) -> tuple[str, str, str, str, str]:
    raised = ""
    if budget.raised_from_usd is not None:
        raised = f"from ${budget.raised_from_usd:g}, ends {times.relative(budget.until, now)}"
    limit = "none" if budget.limit_usd is None else f"${budget.limit_usd:g}"
    return _name(budget), _usd(budget.spent_usd), _usd(budget.left_usd), limit, raised


def _name(budget: BudgetShape) -> str:
    if budget.inspection:
        return f"{budget.inspection}, today"
    return EACH.get(budget.span, f"this {budget.span}")


def _usd(usd: float | None) -> str:
    return "" if usd is None else f"${usd:.4f}"
