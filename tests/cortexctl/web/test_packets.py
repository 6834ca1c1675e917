from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cortexctl.web import packets

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
KINDS = st.sampled_from(["stdin", "resize", "ping", "blur", "focus", "quit", "deliver_chunk_request"])


def reader(content: bytes) -> asyncio.StreamReader:
    stream = asyncio.StreamReader()
    stream.feed_data(content)
    stream.feed_eof()
    return stream


async def test_what_a_dashboard_prints_is_cut_into_packets() -> None:
    stream = reader(b"warning: x\n" + packets.BEGINNING + b"D\0\0\0\3abcM\0\0\0\2{}D\0\0\0\0D\0\0\0\5abc")

    assert await packets.has_begun(stream)
    assert [packet async for packet in packets.packets(stream)] == [(b"D", b"abc"), (b"M", b"{}"), (b"D", b"")]


async def test_a_program_that_ends_at_once_has_not_begun() -> None:
    assert not await packets.has_begun(reader(b"error: no module named textual\n"))


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ('["stdin", "q"]', b"D\0\0\0\1q"),
        ('["stdin", "\\ud800"]', b"D\0\0\0\1?"),
        ('["resize", {"width": 100, "height": 30}]', packets.meta("resize", width=100, height=30)),
        ('["resize", {"width": 1000000000, "height": -1}]', packets.meta("resize", width=1000, height=1)),
        ('["focus"]', packets.meta("focus")),
        ('["ping", "1"]', b""),
        ('["quit"]', b""),
        ("[", b""),
        ("[" * 100_000, b""),
    ],
)
def test_what_a_page_says_reaches_the_dashboard_within_bounds(message: str, said: bytes) -> None:
    assert packets.for_program(message) == said


@given(KINDS, st.lists(VALUES, max_size=2))
def test_whatever_a_page_says_is_understood_or_left_alone(kind: str, more: list[object]) -> None:
    message = json.dumps([kind, *more])

    said = packets.for_program(message)
    packets.for_page(message)

    assert said == b"" or len(said) == 5 + int.from_bytes(said[1:5], "big")


def test_a_ping_is_answered() -> None:
    assert packets.for_page('["ping", "17"]') == '["pong", "17"]'
    assert packets.for_page('["stdin", "17"]') == ""


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ({"width": "120", "height": "40"}, (120, 40)),
        ({}, (80, 24)),
        ({"width": "x", "height": "-3"}, (80, 24)),
        ({"width": "0", "height": "99999"}, (1, 1000)),
        ({"width": "9" * 5000, "height": "²"}, (80, 24)),
    ],
)
def test_a_size_is_one_that_a_terminal_can_have(query: dict[str, str], size: tuple[int, int]) -> None:
    assert packets.size(query) == size
