"""What passed the gateway is written down: what was asked, what came back, and why nothing did."""

from __future__ import annotations

import asyncio
import hashlib
import json

import pytest

from probed.agent.gateway import tape
from probed.agent.gateway.asked import read
from probed.agent.gateway.tape import key_of
from probed.core.budget import Limits
from probed.core.exchange import Asked, Refusal
from tests.agent.gateway.test_relay import KEY, MODEL, TOKEN, opened
from tests.real.messages_api import Cut, Failure, Hang, MessagesApi, Reply, Request, text

TASK = {"role": "user", "content": "host-data-0123456789abcdef\n{}\nhost-data-0123456789abcdef"}


def key(*messages: object, **changes: object) -> str:
    fields = {"model": "small-1", "max_tokens": 100, "messages": messages or [TASK], **changes}
    return key_of(read(json.dumps(fields).encode()))


async def test_requests_and_answers_are_kept_with_their_hashes() -> None:
    with MessagesApi(lambda request: text(f"answer {request.number}")) as api:
        async with opened(api) as door:
            first = await door.post()
            said = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "hi"}]
            await door.post(messages=[*said, {"role": "user", "content": "and now?"}], stream=True)

    one, two = door.relay.tape.exchanges
    assert one.asked == Asked("small", MODEL, "server 0", 1, 5)
    assert (one.status, one.is_whole, one.body) == (200, True, first.text)
    assert one.sha256 == hashlib.sha256(first.content).hexdigest()
    assert one.request["messages"] == [{"role": "user", "content": "hello"}]
    assert (two.known_messages, len(two.request["messages"])) == (1, 2)
    assert two.headers["content-type"] == "text/event-stream"
    assert "answer 2" in two.body
    assert len({one.key, two.key}) == 2


async def test_no_key_and_no_token_is_kept() -> None:
    with MessagesApi(lambda request: text(f"{request.headers['x-api-key']} {TOKEN}")) as api:
        async with opened(api) as door:
            await door.post()

    kept = str(door.relay.tape.exchanges)
    assert KEY not in kept
    assert TOKEN not in kept


async def test_why_no_answer_came_is_kept_too() -> None:
    with MessagesApi(lambda _: Failure(401, "authentication_error", "no")) as api:
        async with opened(api) as door:
            await door.post()
        async with opened(api, limits=Limits(run_usd=0.0)) as broke:
            await broke.post()

    (refused,) = door.relay.tape.exchanges
    assert refused.refusal == Refusal(401, "server 0 does not accept the key (401): no")
    (overrun,) = broke.relay.tape.exchanges
    assert overrun.overrun is not None
    assert (overrun.overrun.span, overrun.overrun.limit_usd) == ("run", 0.0)


async def test_half_an_answer_is_kept_as_half_of_one() -> None:
    with MessagesApi(lambda _: Cut()) as api:
        async with opened(api) as door:
            try:
                await door.post(stream=True)
            except Exception:  # noqa: BLE001 (the connection breaks off, however the client calls that)
                broke_off = True

    (half,) = door.relay.tape.exchanges
    assert broke_off
    assert (half.status, half.is_whole) == (200, False)
    assert "message_start" in half.body


async def test_what_came_too_late_is_kept_as_that() -> None:
    with MessagesApi(lambda _: Hang()) as api:
        async with opened(api, within_s=0.3) as door:
            await door.post()

    (late,) = door.relay.tape.exchanges
    assert late.refusal is not None
    assert (late.refusal.may_cost, late.refusal.is_late) == (True, True)


async def test_what_is_beyond_the_bound_of_a_run_is_not_kept_and_said_to_be_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tape, "MOST_BYTES", 2000)
    with MessagesApi(lambda _: text("ok")) as api:
        async with opened(api) as door:
            await door.post()
            long = await door.post(messages=[{"role": "user", "content": "x" * 5000}])
            await door.post()

    kept, beyond, later = door.relay.tape.exchanges
    assert long.status_code == 200
    assert (kept.is_kept, beyond.is_kept, later.is_kept) == (True, False, False)
    assert (beyond.request, beyond.body, later.request, later.body) == ({}, "", {}, "")
    assert beyond.reserved_usd > 0


async def test_requests_begun_at_the_same_moment_each_have_their_own_answer() -> None:
    def echo(request: Request) -> Reply:
        return text(f"heard {request.body['messages'][0]['content']}")

    with MessagesApi(echo) as api:
        async with opened(api) as door:
            said = [f"number {number} of them" for number in range(8)]
            await asyncio.gather(*(door.post(messages=[{"role": "user", "content": each}]) for each in said))

    kept = {each.request["messages"][0]["content"]: each.body for each in door.relay.tape.exchanges}
    assert sorted(kept) == said
    assert all(f"heard {each}" in body for each, body in kept.items())


def test_equal_requests_of_different_runs_have_one_key() -> None:
    other = {"role": "user", "content": [{"type": "text", "text": str(TASK["content"]).replace("0123", "ffff")}]}
    version = [{"type": "text", "text": "x-anthropic-billing-header: cc_version=9"}, {"type": "text", "text": "Look."}]
    cached = [{"type": "text", "text": "Look.", "cache_control": {"type": "ephemeral"}}]

    assert key() == key(other, max_tokens=7, metadata={"user_id": "x"})
    assert key(system=version) == key(system=cached)
    assert key() != key({"role": "user", "content": "host-data-0123456789abcdef\n{}"})
    assert key() != key(model="large-1")
