"""What the comparison of tokens is made of: the recorded day, the counter, and both sides with the real program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import tokens
from bench.day.meter import Meter, count
from bench.day.recording import DISK_FILLS, SERVICE_FLAPS, TICKS, RecordedCheck, document, read
from probed.core.observation import Observation
from probed.errors import CheckFailed
from probed.mock_model.reply import text
from probed.mock_model.request import Request


def problems(number: int) -> set[str]:
    """Objects that are not well at this tick, by the checks' own bounds."""
    answers = [answer for answer in list(read())[number] if not isinstance(answer, str)]
    seen = [each for answer in answers for each in answer if isinstance(each, Observation)]
    bounds = [(each, each.threshold.severity(each.value, None)) for each in seen if each.threshold and each.value]
    return {each.object for each in seen if each.severity} | {each.object for each, bad in bounds if bad}


def test_the_recorded_day_is_quiet_has_one_incident_and_a_service_that_comes_and_goes() -> None:
    assert len(list(read())) == TICKS
    assert all(problems(number) == set() for number in (0, 20, 50, 58, 90))
    assert problems(DISK_FILLS.stop - 4) == {"/srv/data"}
    down, up = SERVICE_FLAPS.start + 1, SERVICE_FLAPS.start + 2
    assert problems(down) == {"127.0.0.1:8080", "http://127.0.0.1:8080/"}
    assert problems(up) == set()


def test_a_recorded_check_answers_as_the_check_did() -> None:
    check = RecordedCheck("disk")
    check.answer = "the disk hangs"

    with pytest.raises(CheckFailed, match="the disk hangs"):
        check.look()
    assert len(document().checks) == len(next(iter(read())))


def heard(meter: Meter, words: str) -> None:
    body = {"model": "claude-haiku-4-5", "system": "you inspect", "messages": [{"role": "user", "content": words}]}
    meter.hear(Request(1, {}, body), text("fine"))


def test_the_counter_counts_all_that_is_sent_and_what_begins_alike_once_in_five_minutes() -> None:
    meter = Meter()
    heard(meter, "look at the disk")
    once = meter.tokens
    heard(meter, "look at the disks")
    near = meter.tokens
    meter.now_s = 1000
    heard(meter, "look at the disk")

    assert once.cache_read == 0
    assert once.sent == count(
        json.dumps("you inspect") + "null" + json.dumps([{"role": "user", "content": "look at the disk"}])
    )
    assert near.cache_read > near.cache_write - once.cache_write > 0
    assert meter.tokens.cache_read == near.cache_read
    assert meter.cost_usd < meter.uncached_usd * 1.25
    assert meter.requests == 3


@pytest.mark.claude
async def test_the_incident_is_asked_once_where_the_plain_program_asks_at_each_tick(tmp_path: Path) -> None:
    incident = list(read())[DISK_FILLS.stop - 6 : DISK_FILLS.stop - 3]

    own, causes = await tokens.cortex(incident, tmp_path)
    beside = tokens.plain(incident[:1], tmp_path)

    assert causes == {"first": 1, "unchanged": 2}
    assert own.requests == beside.requests == 2
    assert own.total < beside.total
    assert tokens.show(3, own, causes, beside, (1, 1)) == 1  # of so little not enough is saved


@pytest.mark.claude
async def test_a_model_that_does_not_answer_is_no_saving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    incident = list(read())[DISK_FILLS.stop - 6 : DISK_FILLS.stop - 5]
    monkeypatch.setattr(tokens, "_looks_through_a_probe", lambda request: text("It is fine."))

    with pytest.raises(SystemExit, match="did not look and answer"):
        await tokens.cortex(incident, tmp_path)
