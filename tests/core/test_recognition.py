from __future__ import annotations

from collections.abc import Iterator

import pytest

from probed.core.phrases import Language, speak
from probed.core.recognition import recognised_in, recognition_of, without_recognition
from tests.factories import make_memory


@pytest.fixture(autouse=True)
def _in_english_again() -> Iterator[None]:
    yield
    speak(Language.EN)


def test_what_is_remembered_is_one_line_in_the_language_of_the_reader() -> None:
    known = recognition_of(make_memory(id="m1", cause="its port\nis taken"), 0.97123, "shows the same: unit_status")

    assert known.line == "recognised: its port is taken (seen 3×, helped 2 of 2; verified; memory m1)"
    speak(Language.ZH)
    assert known.line == "已识别：its port is taken（出现 3 次，2 次处理中 2 次有效；已验证；记忆 m1）"


def test_without_a_cause_what_helped_is_told_and_a_long_one_is_cut() -> None:
    assert recognition_of(make_memory(cause=""), 1.0).line.startswith("recognised: restart_unit unit='{object}' (seen")
    assert len(recognition_of(make_memory(cause="x" * 5000), 1.0).line) < 300


@pytest.mark.parametrize("forged", ["yes", {}, {"memory": "m1"}, {"memory": "m1", "helped": 99, "extra": 1}, 7, None])
def test_what_is_not_of_our_making_is_no_recognition(forged: object) -> None:
    assert recognised_in({"recognised": forged}) is None


def test_it_comes_back_from_the_evidence_and_goes_out_of_it() -> None:
    known = recognition_of(make_memory(), 0.9)
    evidence = {"state": "failed", "recognised": known.as_evidence()}

    assert recognised_in(evidence) == known
    assert without_recognition(evidence) == {"state": "failed"}
