from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probed.core.case import (
    ActionFinished,
    Approved,
    Ask,
    Case,
    Declined,
    Digest,
    Effect,
    EndAlert,
    Event,
    Execute,
    Gone,
    Option,
    Outcome,
    RaiseAlert,
    Rehearse,
    Seen,
    Stage,
    Tell,
    Urge,
    Withdraw,
    open_case,
    step,
)
from probed.core.finding import ActionCall, Severity
from probed.core.permission import Permission, Ruling
from tests.factories import NOW, make_case, make_finding

CLEAN = ActionCall("clean_files", {"root": "/srv/cache"})
RESTART = ActionCall("restart_unit", {"unit": "nginx.service"})


def option(call: ActionCall, permission: Permission, *, held: bool = False) -> Option:
    return Option(call, Ruling(permission, "as the test says", held))


AUTOMATIC = option(CLEAN, Permission.AUTOMATIC)
HELD = option(CLEAN, Permission.AUTOMATIC, held=True)
ASK = option(RESTART, Permission.ASK)
NEVER = option(RESTART, Permission.NEVER)


@pytest.mark.parametrize(
    ("severity", "options", "stage", "effects"),
    [
        (Severity.INFO, [AUTOMATIC], Stage.NOTED, [Digest]),
        (Severity.WARNING, [AUTOMATIC], Stage.FIXING, [Execute]),
        (Severity.CRITICAL, [ASK, AUTOMATIC], Stage.FIXING, [Execute]),
        (Severity.WARNING, [ASK], Stage.ASKING, [Ask]),
        (Severity.CRITICAL, [NEVER, ASK], Stage.ASKING, [Ask]),
        (Severity.WARNING, [NEVER], Stage.TOLD, [RaiseAlert]),
        (Severity.CRITICAL, [], Stage.TOLD, [RaiseAlert]),
        (Severity.WARNING, [HELD, ASK], Stage.TOLD, [RaiseAlert, Rehearse]),
    ],
)
def test_the_rules_decide_a_new_finding_without_a_model(
    severity: Severity, options: list[Option], stage: Stage, effects: list[type[Effect]]
) -> None:
    case = make_case(severity=severity)

    after, called_for = open_case(case, Seen(make_finding(severity=severity), options), NOW)

    assert after.stage is stage
    assert [type(effect) for effect in called_for] == effects


def test_in_observe_the_card_says_what_would_have_been_done() -> None:
    after, _ = open_case(make_case(), Seen(make_finding(), [HELD]), NOW)

    assert after.outlook == "would have run clean_files root='/srv/cache' (as the test says)"


def test_a_fix_that_did_not_help_is_not_repeated_but_climbs() -> None:
    fixing = make_case(stage=Stage.FIXING)

    after, effects = step(fixing, ActionFinished(CLEAN, Outcome.NOT_VERIFIED, "still full", [AUTOMATIC, ASK]), NOW)

    assert after.stage is Stage.ASKING
    assert effects == (Ask(RESTART, "as the test says"),)
    assert after.tried == (CLEAN.key,)
    assert after.outlook == "clean_files root='/srv/cache': not verified (still full)"


def test_a_verified_fix_of_a_warning_is_told_in_the_digest_and_of_a_critical_at_once() -> None:
    warning = step(make_case(stage=Stage.FIXING), ActionFinished(CLEAN, Outcome.VERIFIED), NOW)
    critical = step(
        make_case(stage=Stage.FIXING, severity=Severity.CRITICAL), ActionFinished(CLEAN, Outcome.VERIFIED), NOW
    )

    assert warning[0].stage is critical[0].stage is Stage.RESOLVED
    assert [type(effect) for effect in warning[1]] == [EndAlert, Digest]
    assert [type(effect) for effect in critical[1]] == [EndAlert, Tell]


def test_an_approved_action_is_executed_with_its_decision() -> None:
    after, effects = step(make_case(stage=Stage.ASKING), Approved(RESTART, "d1", "uid:0 root"), NOW)

    assert after.stage is Stage.EXECUTING
    assert effects == (Execute(RESTART, "L2", "d1"),)


def test_a_rejected_or_expired_action_is_not_asked_again_but_told() -> None:
    after, effects = step(make_case(stage=Stage.ASKING), Declined(RESTART, "rejected by Ann", [ASK]), NOW)

    assert after.stage is Stage.TOLD
    assert effects == (RaiseAlert(),)
    assert after.outlook.endswith("rejected by Ann")


@pytest.mark.parametrize(
    ("stage", "effects"),
    [(Stage.NOTED, []), (Stage.ASKING, [Withdraw, EndAlert, Digest]), (Stage.TOLD, [EndAlert])],
)
def test_a_finding_that_is_gone_resolves_its_case(stage: Stage, effects: list[type[Effect]]) -> None:
    after, called_for = step(make_case(stage=stage), Gone(), NOW)

    assert after.stage is Stage.RESOLVED
    assert after.resolved_at == NOW
    assert [type(effect) for effect in called_for] == effects


@pytest.mark.parametrize("stage", [Stage.FIXING, Stage.EXECUTING])
def test_a_finding_that_goes_while_an_action_runs_ends_with_it(stage: Stage) -> None:
    waiting, effects = step(make_case(stage=stage), Gone(), NOW)
    assert (waiting.stage, effects) == (stage, ())

    after, _ = step(waiting, ActionFinished(CLEAN, Outcome.REFUSED, "", [ASK]), NOW)

    assert after.stage is Stage.RESOLVED


def test_a_finding_that_is_seen_again_while_an_action_runs_is_not_gone() -> None:
    waiting, _ = step(make_case(stage=Stage.FIXING), Gone(), NOW)
    seen, _ = step(waiting, Seen(make_finding()), NOW)

    after, _ = step(seen, ActionFinished(CLEAN, Outcome.NOT_VERIFIED, "", []), NOW)

    assert after.stage is Stage.TOLD


def test_an_informative_finding_is_no_alert_when_its_fix_fails() -> None:
    fixing = make_case(stage=Stage.FIXING, severity=Severity.INFO)

    after, effects = step(fixing, ActionFinished(CLEAN, Outcome.FAILED, "", [ASK]), NOW)

    assert after.stage is Stage.NOTED
    assert [type(effect) for effect in effects] == [EndAlert, Digest]


def test_a_question_becomes_urgent_when_the_problem_gets_worse() -> None:
    asking = make_case(stage=Stage.ASKING)

    worse, effects = step(asking, Seen(make_finding(severity=Severity.CRITICAL)), NOW)

    assert worse.stage is Stage.ASKING
    assert effects == (Urge(),)
    assert step(worse, Seen(make_finding()), NOW)[1] == ()


def test_a_time_to_live_is_extended_by_every_report() -> None:
    told = make_case(stage=Stage.TOLD, expires_at=NOW)

    after, _ = step(told, Seen(make_finding(severity=Severity.CRITICAL, ttl_s=60)), NOW)

    assert after.expires_at == NOW + timedelta(seconds=60)


def test_an_open_alert_is_raised_again_only_when_the_severity_changed() -> None:
    told = make_case(stage=Stage.TOLD)

    _, same = step(told, Seen(make_finding()), NOW)
    worse, effects = step(told, Seen(make_finding(severity=Severity.CRITICAL)), NOW)

    assert same == ()
    assert worse.severity is Severity.CRITICAL
    assert effects == (RaiseAlert(),)


def test_a_fix_that_was_not_allowed_before_is_carried_out_once_it_is() -> None:
    told = make_case(stage=Stage.TOLD)

    assert step(told, Seen(make_finding(), [HELD]), NOW)[1] == ()
    after, effects = step(told, Seen(make_finding(), [AUTOMATIC]), NOW)

    assert after.stage is Stage.FIXING
    assert effects == (Execute(CLEAN, "L1"),)
    tried = make_case(stage=Stage.TOLD, tried=(CLEAN.key,))
    assert step(tried, Seen(make_finding(), [AUTOMATIC]), NOW)[1] == ()


def test_a_noted_finding_that_gets_worse_climbs() -> None:
    noted = make_case(severity=Severity.INFO)

    after, effects = step(noted, Seen(make_finding(severity=Severity.CRITICAL), [AUTOMATIC]), NOW)

    assert after.stage is Stage.FIXING
    assert effects == (Execute(CLEAN, "L1"),)


def test_an_alert_ends_when_its_finding_becomes_informative() -> None:
    after, effects = step(make_case(stage=Stage.TOLD), Seen(make_finding(severity=Severity.INFO)), NOW)

    assert after.stage is Stage.NOTED
    assert effects == (EndAlert(),)


OPTIONS = st.lists(st.sampled_from([AUTOMATIC, HELD, ASK, NEVER]), max_size=4)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(
        lambda severity, options: Seen(make_finding(severity=severity), options), st.sampled_from(Severity), OPTIONS
    ),
    st.builds(Gone),
    st.builds(ActionFinished, st.sampled_from([CLEAN, RESTART]), st.sampled_from(Outcome), st.just(""), OPTIONS),
    st.builds(Approved, st.just(RESTART), st.just("d1"), st.just("ann")),
    st.builds(Declined, st.just(RESTART), st.just("no"), OPTIONS),
)


@given(st.lists(EVENTS, max_size=12))
def test_no_sequence_loses_a_case_or_runs_what_nobody_allowed(events: list[Event]) -> None:
    case: Case = make_case(severity=Severity.INFO)
    alert_open = False
    for number, event in enumerate(events):
        before = case
        case, effects = step(case, event, NOW + timedelta(seconds=number))

        for effect in effects:
            if isinstance(effect, Execute) and effect.level == "L2":
                assert isinstance(event, Approved)
                assert before.stage is Stage.ASKING
            if isinstance(effect, Execute) and effect.level == "L1":
                assert effect.call == AUTOMATIC.call
                assert effect.call.key not in before.tried or isinstance(event, ActionFinished)
            alert_open = (alert_open or isinstance(effect, RaiseAlert)) and not isinstance(effect, EndAlert)
        assert alert_open or case.stage is not Stage.TOLD
        assert not alert_open or case.stage in (Stage.TOLD, Stage.FIXING, Stage.ASKING, Stage.EXECUTING)
        if before.stage is Stage.RESOLVED:
            assert case.stage is Stage.RESOLVED
