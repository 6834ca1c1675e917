from dataclasses import replace
from datetime import timedelta

import pytest

from probed.core.matcher import Matcher, MatchOp, parse_matchers
from probed.core.silence import (
    Silence,
    SilenceDraft,
    SilenceState,
    Silencing,
    can_edit,
    create,
    edit,
    expire,
    problem_of,
)
from tests.factories import NOW

HOUR = timedelta(hours=1)


def draft(text: str = 'team="db"', **changes: object) -> SilenceDraft:
    return replace(SilenceDraft(parse_matchers(text), NOW + HOUR, "as the test says"), **changes)  # type: ignore[arg-type]


def silence(text: str = 'team="db"', **changes: object) -> Silence:
    return create(draft(text, **changes), "s1", "ann", NOW)


def test_its_state_follows_from_the_clock() -> None:
    planned = silence(starts_at=NOW + HOUR / 2)

    assert planned.state(NOW) is SilenceState.PENDING
    assert planned.state(NOW + HOUR / 2) is SilenceState.ACTIVE
    assert planned.state(NOW + HOUR) is SilenceState.EXPIRED


def test_it_silences_what_all_its_matchers_match_while_it_is_active() -> None:
    known = silence('team="db",host=~"db.*"')

    assert Silencing([known], NOW).ids_of({"team": "db", "host": "db1"}) == ["s1"]
    assert Silencing([known], NOW).ids_of({"team": "db", "host": "web1"}) == []
    assert Silencing([known], NOW + HOUR).ids_of({"team": "db", "host": "db1"}) == []


def test_one_without_an_equality_is_found_too() -> None:
    assert Silencing([silence('host=~"db.*"'), silence('team!="web"')], NOW).ids_of({"host": "db1"}) == ["s1", "s1"]


def test_one_that_would_have_begun_in_the_past_begins_now() -> None:
    assert silence(starts_at=NOW - HOUR).starts_at == NOW


def test_what_would_silence_everything_or_nothing_is_refused() -> None:
    assert problem_of(draft(""), NOW)
    assert problem_of(draft('a=~".*"'), NOW)
    assert problem_of(draft(ends_at=NOW), NOW)
    assert problem_of(draft(starts_at=NOW + 2 * HOUR), NOW)
    assert not problem_of(draft(), NOW)


def test_it_is_changed_in_place_only_with_the_same_matchers_and_before_it_has_expired() -> None:
    known, longer = silence(), draft(ends_at=NOW + 2 * HOUR)

    assert can_edit(known, longer, NOW)
    assert edit(known, longer, NOW).ends_at == NOW + 2 * HOUR
    assert not can_edit(known, draft('team="web"'), NOW)
    begun = silence(starts_at=NOW + timedelta(milliseconds=1, microseconds=1))
    sent_back = draft(starts_at=NOW + timedelta(milliseconds=1), ends_at=NOW + 2 * HOUR)
    assert can_edit(begun, sent_back, NOW + HOUR / 2), "amtool sends a start of whole milliseconds"
    assert edit(begun, sent_back, NOW + HOUR / 2).starts_at == begun.starts_at
    assert not can_edit(known, draft(starts_at=NOW + HOUR / 2), NOW)
    assert not can_edit(known, longer, NOW + HOUR)


def test_it_expires_once_and_one_that_was_planned_never_begins() -> None:
    expired = expire(silence(), NOW + HOUR / 2)
    never = expire(silence(starts_at=NOW + HOUR / 2), NOW)

    assert expired
    assert never
    assert expired.ends_at == NOW + HOUR / 2
    assert never.state(NOW) is SilenceState.EXPIRED
    assert expire(expired, NOW + HOUR) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"matchers": (Matcher("team", MatchOp.EQUAL, "x" * 20_000),)},
        {"comment": "x" * 5_000},
        {"created_by": "x" * 300},
    ],
)
def test_none_takes_more_room_than_a_person_needs(changes: dict[str, object]) -> None:
    assert "characters at most" in problem_of(draft(**changes), NOW)  # type: ignore[arg-type]
    assert not problem_of(draft(), NOW)
