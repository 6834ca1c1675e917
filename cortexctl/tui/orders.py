"""What a person may order, wherever it comes from: a key, a card, the palette."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from textual.app import App
from textual.binding import Binding

from cortexctl.text import call_text, one_line
from cortexctl.tui import keys
from cortexctl.tui.act import Act
from cortexctl.tui.reporter import Reporter
from cortexctl.tui.screens.approval import Approval, Yes
from cortexctl.tui.screens.rejection import Rejection
from cortexctl.tui.screens.resolution import Resolution
from cortexctl.tui.subject import more_of_case
from probed.wire.alert import AlertShape
from probed.wire.decision import DecisionShape

if TYPE_CHECKING:
    from cortexctl.tui.app import Dashboard


@dataclass(frozen=True, slots=True)
class Order:
    binding: Binding
    kind: type
    """What it can be ordered for."""
    give: Callable[[App[Any], Any], None]
    is_possible: Callable[[Any], bool] = lambda item: True


def possible(item: object) -> list[str]:
    """The names of the orders that can be given for it now."""
    return [name for name, order in ORDERS.items() if isinstance(item, order.kind) and order.is_possible(item)]


def approve(app: App[Any], decision: DecisionShape) -> None:
    source = cast("Dashboard", app).source
    evidence = partial(source.ask, lambda daemon: more_of_case(daemon, decision))
    app.push_screen(Approval(decision, evidence), partial(_approved, app))


def _approved(app: App[Any], yes: Yes | None) -> None:
    if yes:
        shown = yes.decision
        act = Act(
            lambda daemon: daemon.approve(shown.id, shown.hash, yes.confirmation), _approval_words, awaits=shown.id
        )
        app.post_message(act)


def _approval_words(answer: DecisionShape) -> str:
    action = call_text(answer.action)
    if answer.state == "waiting":
        return f"approved by {one_line(', '.join(answer.approvals))}: {action}; it waits for a second person"
    return f"approved: {action}"


def reject(app: App[Any], decision: DecisionShape) -> None:
    app.push_screen(Rejection(decision), partial(_rejected, app, decision))


def _rejected(app: App[Any], decision: DecisionShape, note: str | None) -> None:
    if note is not None:
        act = Act(
            lambda daemon: daemon.reject(decision.id, note), lambda answer: f"rejected: {call_text(answer.action)}"
        )
        app.post_message(act)


def acknowledge(app: App[Any], alert: AlertShape) -> None:
    act = Act(lambda daemon: daemon.acknowledge(alert.id), lambda answer: f"acknowledged: {one_line(answer.summary)}")
    app.post_message(act)


def resolve(app: App[Any], alert: AlertShape) -> None:
    app.push_screen(Resolution(alert), partial(_resolved, app))


def _resolved(app: App[Any], alert: AlertShape | None) -> None:
    if alert:
        act = Act(lambda daemon: daemon.resolve(alert.id), lambda answer: f"resolved: {one_line(answer.summary)}")
        app.post_message(act)


def run(app: App[Any], reporter: Reporter) -> None:
    name = one_line(reporter.name)
    app.post_message(Act(lambda daemon: daemon.start_run(reporter.name), lambda answer: f"runs now: {name}"))


ORDERS = {
    "approve": Order(keys.APPROVE, DecisionShape, approve),
    "reject": Order(keys.REJECT, DecisionShape, reject),
    "acknowledge": Order(keys.ACKNOWLEDGE, AlertShape, acknowledge, lambda alert: alert.state == "firing"),
    "resolve": Order(keys.RESOLVE, AlertShape, resolve),
    "run": Order(keys.RUN, Reporter, run, lambda reporter: reporter.planned is not None),
}
