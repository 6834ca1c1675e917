from __future__ import annotations

from probed.api.mapping.model import models_shape
from probed.core.budget import Limits, Spent
from probed.core.budget_raise import BudgetRaise
from probed.core.model_facts import ModelFacts, Spending
from probed.wire import paths
from tests.api.asgi import app_of, ask
from tests.api.fakes import FakeModels, World
from tests.factories import NOW, make_inspection

CHOICE = f"{paths.INSPECTIONS}/disks/model"


async def test_what_may_be_spent_and_what_was_is_told_by_span_and_by_inspection() -> None:
    models = (await ask(app_of(World(models=FakeModels())), "GET", paths.MODELS)).json

    assert models["backend"] == "claude"
    assert models["tiers"][0]["model"] == "claude-haiku-4-5"
    assert [(each["span"], each["limit_usd"], each["spent_usd"]) for each in models["budgets"]] == [
        ("call", None, None),
        ("question", None, None),
        ("inspection", None, None),
        ("day", 5.0, 0.5),
        ("month", 50.0, 2.5),
    ]
    assert [each["left_usd"] for each in models["budgets"]] == [None, None, None, 4.5, 47.5]
    assert [(each["inspection"], each["limit_usd"], each["spent_usd"]) for each in models["today"]] == [
        ("disks", None, 0.0625)
    ]
    assert models["spending"] == [
        {
            "inspection": "disks",
            "calls": 3,
            "input_tokens": 1200,
            "output_tokens": 340,
            "cost_usd": 0.0625,
            "saved": 12,
        }
    ]


async def test_without_a_model_there_is_none_to_tell_of() -> None:
    app = app_of(World(inspections=[make_inspection(id="disks")]))

    assert (await ask(app, "GET", paths.MODELS)).json == {
        "backend": "none",
        "tiers": [],
        "budgets": [],
        "spending": [],
        "today": [],
    }
    refused = await ask(app, "GET", CHOICE)
    assert (refused.status, refused.json["error"]["message"]) == (404, "no model is asked here: agent.backend is none")


async def test_a_choice_tells_why_and_who_stands_in() -> None:
    app = app_of(World(models=FakeModels(), inspections=[make_inspection(id="disks")]))

    assert (await ask(app, "GET", f"{CHOICE}?severity=critical")).json == {
        "inspection": "disks",
        "tiers": ["small", "local"],
        "why": "for critical",
        "budget_left": 0.75,
    }
    assert (await ask(app, "GET", f"{paths.INSPECTIONS}/nothing/model")).status == 404
    assert (await ask(app, "GET", f"{CHOICE}?severity=bad")).status == 400


def test_a_raise_stands_beside_the_limit_that_it_stands_in_for() -> None:
    raises = (BudgetRaise("day", 10.0, NOW), BudgetRaise("inspection web", 2.0, NOW), BudgetRaise("month", 9.0, NOW))
    facts = ModelFacts((), Limits(inspection_usd=1.0, day_usd=5.0, month_usd=50.0), Spent(0, 0, 6.0, 12.0), raises)

    shown = models_shape("claude", facts, (), [Spending("disks", 1, 1, 1, 0.25)])

    assert [(each.span, each.limit_usd, each.left_usd, each.raised_from_usd) for each in shown.budgets] == [
        ("call", None, None, None),
        ("question", None, None, None),
        ("inspection", 1.0, 1.0, None),
        ("day", 10.0, 4.0, 5.0),
        ("month", 50.0, 38.0, None),
    ]
    assert [(each.inspection, each.limit_usd, each.left_usd, each.raised_from_usd) for each in shown.today] == [
        ("web", 2.0, 2.0, 1.0),
        ("disks", 1.0, 0.75, None),
    ]
