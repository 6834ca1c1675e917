"""What a person may order, wherever it comes from: a key, a card, the palette."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast, get_args

from textual.app import App
from textual.binding import Binding

from cortexctl import times
from cortexctl.postmortem import write_postmortem
from cortexctl.text import call_text, one_line
from cortexctl.times import relative
from cortexctl.tui import keys
from cortexctl.tui.act import Act
from cortexctl.tui.reporter import Reporter
from cortexctl.tui.screens.approval import Approval, Yes
from cortexctl.tui.screens.change_question import shall_be_put_back, shall_stay
from cortexctl.tui.screens.rejection import Rejection
from cortexctl.tui.screens.resolution import Resolution
from cortexctl.tui.screens.silencing import Silencing, Wish
from cortexctl.tui.subject import more_of_case
from probed.wire.alert import AlertShape
from probed.wire.change import ChangeShape
from probed.wire.decision import DecisionShape
from probed.wire.incident import IncidentShape
from probed.wire.silence import SilenceShape
from probed.wire.status import RoleName

if TYPE_CHECKING:
    from cortexctl.tui.app import Dashboard


@dataclass(frozen=True, slots=True)
class Order:
    binding: Binding
    kind: type
    """What it can be ordered for."""
    give: Callable[[App[Any], Any], None]
    is_possible: Callable[[Any], bool] = lambda item: True
    role: RoleName = "operator"
    """Who may give it, and who may do more."""


def possible(item: object, role: RoleName = "admin") -> list[str]:
    """The names of the orders that one of that role can give for it now."""
    return [name for name, order in ORDERS.items() if isinstance(item, order.kind) and not why_not(name, item, role)]


def why_not(name: str, item: object, role: RoleName) -> str:
    """Why the order cannot be given; empty: it can."""
    order = ORDERS[name]
    if ROLES.index(role) < ROLES.index(order.role):
        return f"needs the role {order.role}; you are {role}; ask {GRANTED_BY[order.role]}"
    if item is None:
        return "nothing is selected that it is for"
    if not isinstance(item, order.kind) or not order.is_possible(item):
        return "not for what is selected, as it is now"
    return ""


def refused(item: object, role: RoleName) -> list[str]:
    """Which orders another one could give for it now, and why not this one."""
    whys: dict[str, list[str]] = {}
    for name in possible(item):
        if why := why_not(name, item, role):
            whys.setdefault(why, []).append(ORDERS[name].binding.description)
    return [f"{', '.join(names)}: {why}" for why, names in whys.items()]


ROLES: tuple[RoleName, ...] = get_args(RoleName)
GRANTED_BY: dict[RoleName, str] = {
    "operator": "an administrator: api.members in the configuration says what members of the group may do",
    "admin": "root, or a member of the group that api.admin_group names (cortex-admin)",
}


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


def silence(app: App[Any], alert: AlertShape) -> None:
    app.push_screen(Silencing(alert), partial(_silenced, app, alert))


def _silenced(app: App[Any], alert: AlertShape, wish: Wish | None) -> None:
    if wish:
        act = Act(lambda daemon: daemon.silence_alert(alert.id, wish.for_s, wish.comment), _silence_words)
        app.post_message(act)


def _silence_words(answer: SilenceShape) -> str:
    ends = f"ends {relative(answer.ends_at, times.now())}" if answer.ends_at else "until it resolves"
    return f"silenced, {ends}: {one_line(', '.join(answer.matchers))}\nto end it: cortexctl silences expire {answer.id}"


def export(app: App[Any], incident: IncidentShape) -> None:
    app.post_message(Act(lambda daemon: write_postmortem(daemon, incident.id), lambda path: f"written: {path}"))


def confirm(app: App[Any], change: ChangeShape) -> None:
    app.push_screen(shall_stay(change), partial(_confirmed, app))


def _confirmed(app: App[Any], change: ChangeShape | None) -> None:
    if change:
        act = Act(
            lambda daemon: daemon.confirm_change(change.id), lambda answer: f"it stays: {call_text(answer.action)}"
        )
        app.post_message(act)


def roll_back(app: App[Any], change: ChangeShape) -> None:
    app.push_screen(shall_be_put_back(change), partial(_rolled_back, app))


def _rolled_back(app: App[Any], change: ChangeShape | None) -> None:
    if change:
        act = Act(
            lambda daemon: daemon.roll_back_change(change.id),
            lambda answer: f"is being rolled back: {call_text(answer.action)}",
        )
        app.post_message(act)


def _offers(verb: str, change: ChangeShape) -> bool:
    """The daemon names what can still be done with it."""
    return f"cortexctl changes {verb} {change.id}" in change.commands


ORDERS = {
    "approve": Order(keys.APPROVE, DecisionShape, approve, lambda decision: decision.state == "waiting", "admin"),
    "reject": Order(keys.REJECT, DecisionShape, reject, lambda decision: decision.state == "waiting"),
    "acknowledge": Order(keys.ACKNOWLEDGE, AlertShape, acknowledge, lambda alert: alert.state == "firing"),
    "silence": Order(keys.SILENCE, AlertShape, silence, lambda alert: alert.state != "resolved"),
    "resolve": Order(keys.RESOLVE, AlertShape, resolve, lambda alert: alert.state != "resolved"),
    "export": Order(keys.EXPORT, IncidentShape, export, role="viewer"),
    "confirm": Order(keys.CONFIRM, ChangeShape, confirm, partial(_offers, "confirm"), "admin"),
    "roll_back": Order(keys.ROLL_BACK, ChangeShape, roll_back, partial(_offers, "rollback"), "admin"),
    "run": Order(keys.RUN, Reporter, run, lambda reporter: reporter.planned is not None),
}
