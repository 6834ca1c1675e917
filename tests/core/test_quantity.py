"""Numbers as people write them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probed.core.quantity import Kind, Quantity, quantities_in, unit_of


def read(text: str) -> list[Quantity]:
    return [quantity for _, quantity in quantities_in(text)]


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("1,234 MiB", Kind.BYTES, {1234 * 2**20}),
        ("8.1 GiB", Kind.BYTES, {8.1 * 2**30}),
        ("8.1GB", Kind.BYTES, {8.1e9, 8.1 * 2**30}),
        ("512 bytes", Kind.BYTES, {512}),
        ("8.1G", Kind.BYTES, {8.1e9, 8.1 * 2**30}),
        ("91.2%", Kind.PERCENT, {91.2}),
        ("91 percent", Kind.PERCENT, {91}),
        ("1h30m", Kind.SECONDS, {5400}),
        ("3 days and 4 hours", Kind.SECONDS, {3 * 86400 + 4 * 3600}),
        ("40 ms", Kind.SECONDS, {0.04}),
        ("12\u00a0034", Kind.COUNT, {12034}),
        ("12'034", Kind.COUNT, {12034}),
        ("1.5k", Kind.COUNT, {1500}),
        ("0,5", Kind.COUNT, {0.5}),
        ("-5 °C", Kind.COUNT, {-5}),
        ("1e6", Kind.COUNT, {1e6}),
    ],
)
def test_a_number_is_read_with_what_it_measures(text: str, kind: Kind, values: set[float]) -> None:
    (quantity,) = read(f"it took {text} there")

    assert quantity.kind is kind
    assert sorted(quantity.values) == pytest.approx(sorted(values))


@pytest.mark.parametrize(
    "text",
    [
        "since 2026-12-01T13:20:11Z",
        "at 13:20, on Dec 3, on 3 December 2026",
        "in 2025",
        "on 01.12.2026",
        "the 3rd time",
        "eth0 and /dev/sda1 and nginx@2.service",
        "x86_64, UTF-8, HTTP/1.1",
        "/var/log/app.1",
        "sha 3f2a9c1b77de0b1c2d3e4f5a",
    ],
)
def test_dates_and_numbers_in_names_are_no_quantities(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize("text", ["15.4.2", "v2.41", "192.0.2.7:5432", "6.1.0-18-amd64"])
def test_versions_and_addresses_are_words(text: str) -> None:
    assert [(each.kind, each.text) for each in read(f"it is {text}.")] == [(Kind.WORD, text)]


def test_a_pid_is_the_same_or_another() -> None:
    assert read("pid 4711 holds port 443")[0].kind is Kind.WORD


def test_numbers_in_a_row_are_not_added() -> None:
    assert [each.face for each in read("10 s, 20 s, 5 min, 2 h")] == [10, 20, 5, 2]


def test_what_is_rough_says_so() -> None:
    said = read("about 90%, ~5 GiB, more than 3 hours, almost 7, 12")
    assert [each.leaning for each in said] == ["about", "about", "more", "less", ""]


@pytest.mark.parametrize("piece", ["a", "1-", "/", "1.", "9", "a-", "1,", "e9", "1/", "@1_"])
def test_a_long_word_is_read_in_linear_time(piece: str) -> None:
    began = time.process_time()
    list(quantities_in(piece * 20_000))

    assert time.process_time() - began < 2


def test_numbers_beyond_all_measure_are_none() -> None:
    assert read(f"1e999 and {'9' * 400} and 1e-999") == [Quantity("1e-999", Kind.COUNT, 0.0, (1.0,), 0.0)]


@given(st.text(max_size=400))
def test_any_text_can_be_read(text: str) -> None:
    for place, quantity in quantities_in(text):
        assert 0 <= place < len(text)
        assert quantity.scales


@given(st.floats(min_value=0, max_value=1e9, allow_nan=False).map(lambda each: round(each, 2)))
def test_a_number_that_is_written_is_read_again(number: float) -> None:
    (quantity,) = read(f"there are {number:,.2f} of them")

    assert quantity.face == pytest.approx(number)


def test_a_unit_at_the_end_of_a_name_is_one() -> None:
    assert unit_of("kib") == (Kind.BYTES, (1024.0,))
    assert unit_of("fish") == (Kind.COUNT, (1.0,))
