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
        json.dumps({"password": "hunter2"})[:-1] + f', "x": {"[" * 700}{"]" * 700}}}',
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
    [gap] = shortened(["x" * 500], 100)
    assert json.loads(gap) == {"type": "left_out", "lines": 1}


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85"])
def test_a_sign_that_some_take_for_the_end_of_a_line_opens_no_way_for_a_secret(sign: str) -> None:
    """JSON may hold these as they are, and only whole JSON shows which quotes are a text's own."""
    said = {"type": "user", "message": {"content": f'before{sign}{{"password": "hunter2"}}'}}

    stored = storable(json.dumps(said, ensure_ascii=False))

    assert "hunter2" not in stored
    assert json.loads(stored)["message"]["content"].startswith(f"before{sign}")


def test_what_is_left_out_is_not_looked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []

    def mask(text: str) -> str:
        looked.append(text)
        return text

    monkeypatch.setattr(transcript, "MOST_CHARACTERS", 400)
    monkeypatch.setattr(transcript, "mask", mask)

    storable("\n".join(json.dumps({"n": number}) for number in range(1000)))

    assert len(looked) < 100
