from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probed.helper.done import Done
from probed.helper.protocol import (
    MAX_LINE_BYTES,
    Outcome,
    Request,
    answer_line,
    answer_of,
    read_line,
    request_line,
    request_of,
)

PARAMS = st.dictionaries(st.text(), st.one_of(st.text(), st.integers(), st.lists(st.text())))
GOOD = {"version": 1, "operation": "sync_clock", "params": {}, "deadline_s": 5}


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@given(st.text(), PARAMS, st.floats(0.1, 3600))
def test_a_request_arrives_as_it_was_sent(operation: str, params: dict[str, object], deadline_s: float) -> None:
    request = Request(operation, params, deadline_s)

    line = request_line(request)

    assert line.count(b"\n") == 1
    assert request_of(line) == request


@given(st.sampled_from(Outcome), st.text(max_size=4000), PARAMS)
def test_an_answer_arrives_as_it_was_sent(outcome: Outcome, detail: str, facts: dict[str, object]) -> None:
    done = Done(detail, facts, {"active_state": "active"})

    assert answer_of(answer_line(outcome, done)) == (outcome, done)


@pytest.mark.parametrize("facts", [{"size": float("nan")}, {"text": "x" * MAX_LINE_BYTES}, {("a",): 1}])
def test_facts_that_the_line_cannot_carry_do_not_cost_the_answer(facts: dict[str, object]) -> None:
    line = answer_line(Outcome.DONE, Done("restarted", facts))

    assert answer_of(line) == (Outcome.DONE, Done("restarted"))


def test_a_long_detail_is_cut_and_fits_the_line() -> None:
    line = answer_line(Outcome.FAILED, Done("\N{PILE OF POO}" * MAX_LINE_BYTES))

    assert len(line) <= MAX_LINE_BYTES
    assert set(answer_of(line)[1].detail) == {"\N{PILE OF POO}"}


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"version": True},
        {"version": 1.5},
        {"operation": 7},
        {"operation": None},
        {"params": []},
        {"params": "unit"},
        {"deadline_s": 0},
        {"deadline_s": -1},
        {"deadline_s": True},
        {"deadline_s": "5"},
        {"deadline_s": 3601},
        {"deadline_s": float("nan")},
        {"deadline_s": float("inf")},
        {"argv": ["sh"]},
    ],
)
def test_a_request_of_another_shape_is_none(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"version|type|number|expected"):
        request_of(json.dumps({**GOOD, **change}).encode())


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_request_that_leaves_something_out_is_none(name: str) -> None:
    with pytest.raises(ValueError, match="is expected"):
        request_of(json.dumps({key: value for key, value in GOOD.items() if key != name}).encode())


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b"\xff\xfe",
        b'{"version":1,"operation":"sync_clock","params":{},"deadline_s":5',
        b'{"version":1,"operation":"sync_clock","params":{},"params":{"unit":"a"},"deadline_s":5}',
        b'{"version":1,"operation":"restart_unit","params":{"unit":"a","unit":"b"},"deadline_s":5}',
        b'{"version":1,"operation":"sync_clock","params":{},"deadline_s":' + b"9" * 5000 + b"}",
        b"[" * 50_000,
        b'{"a":' * 10_000,
    ],
)
def test_what_is_no_json_of_ours_is_refused_without_harm(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        request_of(line)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_request_or_refused(line: bytes) -> None:
    try:
        request = request_of(line)
    except ValueError:
        return
    assert isinstance(request, Request)


def test_a_line_is_read_however_it_is_cut(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    for part in (b"ab", b"c", b"\nrest"):
        theirs.sendall(part)

    assert read_line(ours, 60) == b"abc"


def test_a_connection_that_ends_early_has_said_nothing(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    theirs.sendall(b"abc")
    theirs.close()

    with pytest.raises(ValueError, match="ended before its line"):
        read_line(ours, 60)


def test_a_line_without_an_end_is_not_kept(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    writer = threading.Thread(target=theirs.sendall, args=(b"x" * (MAX_LINE_BYTES + 1),))
    writer.start()

    with pytest.raises(ValueError, match="too long"):
        read_line(ours, 60)

    writer.join()


@pytest.mark.alone
def test_one_that_trickles_is_not_waited_for_longer_than_one_that_says_nothing(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = ends
    over = threading.Event()

    def trickle() -> None:
        while not over.wait(0.02):
            theirs.sendall(b"x")

    writer = threading.Thread(target=trickle)
    writer.start()
    began = time.monotonic()
    try:
        with pytest.raises(TimeoutError):
            read_line(ours, 0.3)
    finally:
        over.set()
        writer.join()

    assert time.monotonic() - began < 30
