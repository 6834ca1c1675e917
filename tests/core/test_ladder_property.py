"""The ladder and its decisions under random events: no case is lost, nothing runs without the approval that it needs,
and from every state there is a way to the end.

Each example holds many sequences, a byte an event, because making an example costs hypothesis more than running it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probed.core import case as ladder
from probed.core.case import (
    MOST_ASKED_AGAIN,
    ActionFinished,
    Approved,
    Case,
    Declined,
    Gone,
    Option,
    Outcome,
    Seen,
    Stage,
)
from probed.core.consent import Consent, consented, objection
from probed.core.decision import NEXT, OPEN, Decision, DecisionState, move
from probed.core.finding import ActionCall, Severity
from probed.core.permission import Approval, Permission, Ruling
from probed.engine.execute import ENDS
from tests.factories import NOW, make_case, make_decision, make_finding

EXAMPLES, SEQUENCES, LENGTH = 1000, 102, 16
assert EXAMPLES * SEQUENCES >= 100_000

CLEAN = ActionCall("clean_files", {"root": "/srv/cache"})
RESTART = ActionCall("restart_unit", {"unit": "nginx.service"})
EXECUTED_BY = tuple(Approval)
ASKED_MOST = "asked again as often as that happens"
RULINGS = (
    Ruling(Permission.AUTOMATIC, "on L1"),
    Ruling(Permission.AUTOMATIC, "mode is observe", held=True),
    Ruling(Permission.ASK, "on L2"),
    Ruling(Permission.ASK, "it is grave", approval=Approval.TYPED),
    Ruling(Permission.ASK, "by the policy", approval=Approval.TWO),
    Ruling(Permission.ASK, "by both", approval=Approval.TWO_TYPED),
    Ruling(Permission.NEVER, "by the policy"),
)
OFFERS = [
    (),
    *(((Option(CLEAN, ruling),)) for ruling in RULINGS),
    *((Option(CLEAN, one), Option(RESTART, other)) for one in RULINGS for other in RULINGS),
]
SEVERITIES = tuple(Severity)
OUTCOMES = (*Outcome, *[Outcome.CHANGED] * 5)
CONSENTS = (
    Consent("uid:1000 ann", "ann"),
    Consent("uid:1000 ann", "ann", "the object"),
    Consent("uid:1000 ann", "ann", "another object"),
    Consent("telegram:42 Bob", "bob", "the object"),
    Consent("uid:0 root", "", "the object"),
)


@dataclass
class World:
    """What the engine keeps around a case, as its transactions do it."""

    case: Case
    offer: tuple[Option, ...] = ()
    running: ladder.Execute | None = None
    question: Decision | None = None
    has_alert: bool = False
    is_gone: bool = False
    """The finding went while an action ran, and was not seen since."""
    asked_again: int = 0
    over: set[str] = field(default_factory=set)
    """Keys of what did not help, or was declined."""
    typed: str = ""
    """By whoever approved last."""
    executed: Counter[str] = field(default_factory=Counter)
    reached: Counter[object] = field(default_factory=Counter)
    now: timedelta = timedelta()

    def take(self, step: ladder.Step) -> None:
        self.case, effects = step
        for effect in effects:
            self._carry_out(effect)
        self.check()

    def _carry_out(self, effect: ladder.Effect) -> None:
        match effect:
            case ladder.Execute():
                assert self.running is None, "two actions at once"
                self._check_allowed(effect)
                self.running = effect
            case ladder.Ask():
                assert self.question is None or self.question.state not in OPEN, "two questions at once"
                self._check_question(effect)
                self.question = make_decision(
                    self.case,
                    call=effect.call,
                    approval=effect.approval,
                    object="the object",
                    state=DecisionState.PROPOSED,
                )
            case ladder.Withdraw():
                if self.question and self.question.state in OPEN:
                    self.to(DecisionState.WITHDRAWN)
            case ladder.RaiseAlert():
                self.has_alert = True
            case ladder.EndAlert():
                self.has_alert = False

    def _check_question(self, effect: ladder.Ask) -> None:
        """For as much as the rules want."""
        [ruling] = [option.ruling for option in self.offer if option.call == effect.call]
        assert ruling.permission is not Permission.NEVER
        assert effect.approval is ruling.approval, "a question for less than the rules want"
        assert effect.call.key not in self.over, "what is over is asked for again"

    def _check_allowed(self, effect: ladder.Execute) -> None:
        assert effect.call.key not in self.over, "what is over is done again"
        if effect.decision_id is None:
            [ruling] = [option.ruling for option in self.offer if option.call == effect.call]
            assert ruling.permission is Permission.AUTOMATIC
            assert not ruling.held
            return
        decision = self.question
        assert decision is not None
        assert (decision.id, decision.call, decision.state) == (
            effect.decision_id,
            effect.call,
            DecisionState.APPROVED,
        )
        if decision.approval.is_of_two:
            assert set(decision.approvals) == {"ann", "bob"}
        if decision.approval.is_typed:
            assert self.typed == "the object"
        self.reached[decision.approval] += 1

    def to(self, state: DecisionState, by: str = "") -> None:
        assert self.question
        self.reached[state] += 1
        moved = move(self.question, state, NOW, by)
        assert moved, f"{self.question.state} has no way to {state}"
        self.question = moved

    def check(self) -> None:
        """Nobody forgets the case: something of it is due, or a person has been told."""
        asks = self.question is not None and self.question.state in OPEN
        stage = self.case.stage
        assert (self.running is not None) == (stage in (Stage.FIXING, Stage.EXECUTING))
        assert asks == (stage is Stage.ASKING)
        if stage is Stage.TOLD:
            assert self.has_alert
        if stage is Stage.NOTED:
            assert self.case.severity is Severity.INFO
        if stage is Stage.RESOLVED:
            assert not self.has_alert
        if self.question and self.question.state not in OPEN and stage is not Stage.EXECUTING:
            assert self.question.state not in (DecisionState.APPROVED, DecisionState.EXECUTING)
        self.reached[stage] += 1
        if self.question:
            self.reached[self.question.state] += 1
        assert all(count == 1 for count in self.executed.values()), "an action ran twice"


def happens(world: World, code: int) -> None:
    """One event; one that cannot come now does nothing."""
    kind, variant = code % 8, code // 8
    if world.case.stage is Stage.RESOLVED:
        return
    if kind == 0 and variant % 4 == 0:
        goes(world)
    elif kind in (0, 1):
        world.offer, world.is_gone = OFFERS[(variant * 5 + code) % len(OFFERS)], False
        finding = make_finding(severity=SEVERITIES[variant % len(SEVERITIES)])
        world.take(ladder.step(world.case, Seen(finding, world.offer), NOW + world.now))
    elif kind in (2, 3):
        finish(world, OUTCOMES[variant % len(OUTCOMES)])
    elif world.question and world.question.state in OPEN:
        answer(world, variant)
    world.now += timedelta(seconds=1)


def goes(world: World) -> None:
    world.is_gone = world.running is not None
    world.take(ladder.step(world.case, Gone(), NOW + world.now))


def finish(world: World, outcome: Outcome) -> None:
    running, world.running = world.running, None
    if running is None:
        comes_too_late(world, outcome)
        return
    if outcome not in (Outcome.FORBIDDEN, Outcome.CHANGED):
        world.over.add(running.call.key)
    if outcome not in (Outcome.REFUSED, Outcome.FORBIDDEN, Outcome.CHANGED):
        world.executed[running.call.key] += 1
    if running.decision_id:
        world.to(DecisionState.EXECUTING)
        world.to(ENDS.get(outcome, DecisionState.FAILED))
    again = next((option for option in world.offer if option.call == running.call), None)
    event = ActionFinished(running.call, outcome, "as it happened", world.offer, again)
    world.take(ladder.step(world.case, event, NOW + world.now))
    world.asked_again += outcome is Outcome.CHANGED and world.case.stage is Stage.ASKING and is_asked(world, running)
    assert world.asked_again <= MOST_ASKED_AGAIN
    if outcome is Outcome.VERIFIED or world.is_gone:
        assert world.case.stage is Stage.RESOLVED, "what is over is told as if it were not"


def comes_too_late(world: World, outcome: Outcome) -> None:
    """Nothing runs, and nothing is asked: a result or an answer concerns nobody any more."""
    events: list[ladder.Event] = [ActionFinished(CLEAN, outcome, "long ago", world.offer)]
    if world.case.stage is not Stage.ASKING:
        events += [Approved(CLEAN, "another", "ann"), Declined(CLEAN, "expired", world.offer)]
    for event in events:
        assert ladder.step(world.case, event, NOW + world.now) == (world.case, ())


def is_asked(world: World, running: ladder.Execute) -> bool:
    return world.question is not None and world.question.call == running.call


def answer(world: World, variant: int) -> None:
    """What may become of an open question next; mostly it comes to a person, who mostly says yes."""
    while variant >= 4 and world.question and world.question.state is not DecisionState.WAITING:
        world.to(DecisionState.ANALYSED if world.question.state is DecisionState.PROPOSED else DecisionState.WAITING)
    question = world.question
    assert question
    ways = sorted(NEXT[question.state])
    if variant >= 8 and question.state is DecisionState.WAITING:
        approve(world, question, CONSENTS[variant % len(CONSENTS)])
        return
    way = ways[variant % len(ways)]
    if way is DecisionState.APPROVED:
        return
    world.to(way)
    if way not in OPEN:
        world.over.add(question.call.key)
        event = Declined(question.call, str(way), world.offer)
        world.take(ladder.step(world.case, event, NOW + world.now))


def approve(world: World, question: Decision, consent: Consent) -> None:
    if objection(question, consent):
        return
    world.question, world.typed = consented(question, consent, NOW), consent.confirmation
    assert world.question
    if world.question.state is DecisionState.APPROVED:
        event = Approved(question.call, question.id, world.question.decided_by)
        world.take(ladder.step(world.case, event, NOW + world.now))


def ends(world: World) -> None:
    """Whatever was before: what is under way ends, and the finding goes."""
    for _ in range(4):
        if world.running:
            finish(world, Outcome.REFUSED)
        if world.case.stage is not Stage.RESOLVED:
            world.take(ladder.step(world.case, Gone(), NOW + world.now))
    assert world.case.stage is Stage.RESOLVED
    assert world.running is None
    assert world.question is None or world.question.state not in OPEN


def begins(code: int) -> World:
    severity = SEVERITIES[code % 3]
    world = World(make_case(severity=severity), OFFERS[code % len(OFFERS)])
    world.take(ladder.open_case(world.case, Seen(make_finding(severity=severity), world.offer), NOW))
    return world


@pytest.mark.no_cover
@pytest.mark.timeout(1800)  # half a minute of a processor that it has for itself
def test_no_case_is_lost_and_nothing_runs_unasked() -> None:
    reached: Counter[object] = Counter()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )
    @given(st.binary(min_size=SEQUENCES * LENGTH, max_size=SEQUENCES * LENGTH))
    def holds(events: bytes) -> None:
        for start in range(0, len(events), LENGTH):
            reached.update(runs(events[start : start + LENGTH]))

    holds()

    assert reached["sequences"] >= 100_000
    seldom = {what: reached[what] for what in (*Stage, *DecisionState, *EXECUTED_BY, ASKED_MOST) if reached[what] < 100}
    assert not seldom, "random events have to come everywhere"


def runs(codes: bytes) -> Counter[object]:
    """One sequence, to its end; returns what it has come to."""
    world = begins(codes[0])
    for code in codes[1:]:
        happens(world, code)
    world.reached["sequences"] += 1
    world.reached[ASKED_MOST] += world.asked_again == MOST_ASKED_AGAIN
    ends(world)
    return world.reached
