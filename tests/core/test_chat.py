from __future__ import annotations

from datetime import timedelta

import pytest

from probed.core.chat import CODE_LENGTH, CODE_LETTERS, MOST_FAILURES, PairingCode, code_of, digest_of
from tests.factories import NOW


def test_a_code_has_letters_that_are_not_taken_for_one_another() -> None:
    assert len(CODE_LETTERS) == 32
    assert not set("01IO") & set(CODE_LETTERS)


def test_each_number_of_40_bits_has_a_code_of_its_own() -> None:
    codes = {code_of(number) for number in (0, 1, 31, 32, 2**40 - 1)}

    assert len(codes) == 5
    assert {len(code) for code in codes} == {CODE_LENGTH}


@pytest.mark.parametrize("typed", ["abcd-2345", "ABCD 2345", " abcd2345 "])
def test_a_code_fits_however_it_is_typed(typed: str) -> None:
    assert PairingCode(digest_of("ABCD2345"), NOW, "ann").fits(typed)


def test_another_code_does_not_fit() -> None:
    assert not PairingCode(digest_of("ABCD2345"), NOW, "ann").fits("ABCD2346")


def test_a_code_is_good_for_its_time_and_for_few_failures() -> None:
    code = PairingCode(digest_of("ABCD2345"), NOW + timedelta(seconds=1), "ann")
    worn = code
    for _ in range(MOST_FAILURES):
        assert worn.is_good(NOW)
        worn = worn.failed()

    assert not worn.is_good(NOW)
    assert not code.is_good(NOW + timedelta(seconds=1))
