"""`cortexctl models`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cortexctl.ids import offered
from cortexctl.noun import noun
from cortexctl.options import JsonFlag
from cortexctl.session import session_of
from cortexctl.table import emit_table
from cortexctl.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from probed.wire.model import BudgetShape, ModelsShape

app = noun("""\
\b
Examples:
  cortexctl models                                  which there are, what may be spent, and what was
  cortexctl models explain disks                    which one the next call of the inspection goes to, and why
  cortexctl models explain disks --severity critical

What may be spent stands in agent.budget of the configuration; what one run may, in its document.
""")
EACH = {"call": "each request", "question": "each question", "inspection": "each inspection, a day", "day": "today"}


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@app.command("list", help="Tiers, budgets, and this month's spending by inspection.")
def list_models(ctx: typer.Context, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    models = session.daemon.models()
    if as_json:
        session.output.emit_json(models, rows="tiers")
        return
    if models.backend == "none":
        session.output.emit("no model is asked: agent.backend is none")
        return
    for number, (columns, rows) in enumerate(_tables(models)):
        if number:
            session.output.emit("")
        emit_table(session.output, columns, rows)


@app.command(help="Which tier the inspection's next call goes to, and why.")
def explain(
    ctx: typer.Context,
    inspection: Annotated[
        str, typer.Argument(metavar="INSPECTION", help="Its name.", autocompletion=offered("inspections"))
    ],
    severity: Annotated[Severity | None, typer.Option("--severity", help="Of the worst finding.")] = None,
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    choice = session.daemon.model_choice(inspection, severity)
    if as_json:
        session.output.emit_json(choice)
        return
    first, *others = choice.tiers
    session.output.emit(one_line(f"{first}: {choice.why}"))
    if others:
        session.output.emit(f"where it is away or too dear: {', '.join(others)}")
    session.output.emit(f"{choice.budget_left:.0%} of the budget is left")


def _tables(models: ModelsShape) -> Iterator[tuple[Sequence[str], Sequence[Sequence[str]]]]:
    tiers = [
        (each.tier, each.model, f"${each.input_usd:g} / ${each.output_usd:g}", each.server) for each in models.tiers
    ]
    yield ("tier", "model", "a million tokens in / out", "server"), tiers
    yield ("budget", "spent", "limit"), [_budget(each) for each in models.budgets]
    spending = [
        (
            each.inspection,
            str(each.calls),
            str(each.saved),
            f"{each.input_tokens:,}",
            f"{each.output_tokens:,}",
            f"${each.cost_usd:.4f}",
        )
        for each in models.spending
    ]
    if spending:
        yield ("inspection, this month", "calls", "saved", "tokens in", "tokens out", "cost"), spending


def _budget(budget: BudgetShape) -> tuple[str, str, str]:
    spent = "" if budget.spent_usd is None else f"${budget.spent_usd:.4f}"
    limit = "none" if budget.limit_usd is None else f"${budget.limit_usd:g}"
    return EACH.get(budget.span, f"this {budget.span}"), spent, limit
