from __future__ import annotations

import json

import pytest

from probed.core import transcript
from probed.core.transcript import shortened, storable

RESULT = {"type": "tool_result", "content": 'the file says {"password": "hunter2"} and A_TOKEN=abc1'}
SAID = {"type": "user", "message": {"content": [RESULT]}}


def test_what_looks_like_a_credential_is_masked_also_inside_a_text_of_the_json() -> None:
    stored = storable(json.dumps(SAID) + "\n")

    assert "hunter2" not in stored
    assert "abc1" not in stored
    assert json.loads(stored)["message"]["content"][0]["content"].startswith("the file says ")


@pytest.mark.parametrize(
    "line",
    [
        json.dumps({"type": "x", "input": {"password": "hunter2"}}),
        json.dumps({"type": "x", "input": {"api_key": 4242424242}}),
        "no JSON at all: password=hunter2",
        json.dumps({"Authorization: Bearer hunter2hunter2": 1}),
    ],
)
def test_whatever_a_line_holds_it_is_json_afterwards_and_without_the_secret(line: str) -> None:
    stored = storable(line)

    assert isinstance(json.loads(stored), dict)
    assert "hunter2" not in stored
    assert "4242424242" not in stored


def test_what_is_harmless_stays_as_it_was_said() -> None:
    line = json.dumps({"type": "result", "result": "/srv is 85 % full – größer", "usage": {"input_tokens": 7}})

    assert json.loads(storable(line)) == json.loads(line)


def test_what_is_too_long_loses_its_middle_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcript, "MOST_CHARACTERS", 400)
    lines = [json.dumps({"n": number}) for number in range(1000)]

    kept = [json.loads(line) for line in storable("\n".join(lines)).splitlines()]

    assert (kept[0], kept[-1]) == ({"n": 0}, {"n": 999})
    [gap] = [line for line in kept if line.get("type") == "left_out"]
    assert gap["lines"] == 1000 - (len(kept) - 1)
    assert sum(len(json.dumps(line)) + 1 for line in kept) < 500


def test_one_line_that_is_too_long_for_either_half_is_left_out() -> None:
    assert json.loads(shortened(["x" * 500], 100)) == {"type": "left_out", "lines": 1}
