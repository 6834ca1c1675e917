"""A run's requests through its door to a server that speaks the Messages API."""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from probed.agent.gateway import attempts, relay
from probed.agent.gateway import door as doors
from probed.agent.gateway.attempts import answered
from probed.agent.gateway.books import Payer
from probed.agent.gateway.door import open_door
from probed.agent.gateway.purse import Purse
from probed.agent.gateway.relay import Pass, Relay, Shared
from probed.agent.gateway.target import Target
from probed.agent.gateway.upstream import Upstream, Upstreams
from probed.agent.prices import price_of
from probed.core.budget import Limits
from probed.core.budget_raise import BudgetRaise
from probed.core.model_call import CallOutcome, Tokens
from probed.host.budget_board import BudgetBoard
from probed.mock_model.stream import events, sse
from tests.agent.arrange import MemoryBooks
from tests.real.messages_api import Cut, Failure, Garbage, Hang, Message, MessagesApi, Reply, Request, text

NOW = datetime(2026, 12, 1, tzinfo=UTC)
KEY = "sk-ant-the-real-key-0123456789"
TOKEN = "token-of-this-run"
MODEL = "claude-haiku-4-5"


@dataclass
class Opened:
    client: httpx.AsyncClient
    relay: Relay
    books: MemoryBooks
    board: BudgetBoard

    async def post(self, token: str = TOKEN, **changes: Any) -> httpx.Response:
        fields = {"model": "whatever", "max_tokens": 1000, "messages": [{"role": "user", "content": "hello"}]}
        return await self.client.post("/v1/messages", json={**fields, **changes}, headers={"x-api-key": token})


@contextlib.asynccontextmanager
async def opened(
    *apis: MessagesApi | str,
    limits: Limits = Limits(),  # noqa: B008
    books: MemoryBooks | None = None,
    within_s: float = 120.0,
    tiers: Mapping[str, bool] | None = None,
) -> AsyncIterator[Opened]:
    """`apis`: servers in the order in which they are tried."""
    books = books or MemoryBooks()
    upstreams = Upstreams()
    free = list((tiers or {"small": False}).values())
    targets = [
        Target(
            "small",
            MODEL,
            Upstream(f"server {number}", api if isinstance(api, str) else api.base_url, {"x-api-key": KEY}),
            is_free=free[number] if number < len(free) else False,
        )
        for number, api in enumerate(apis)
    ]
    board = BudgetBoard()
    shared = Shared(partial(answered, upstreams), Purse(books, lambda: NOW, board.raises), books, lambda: NOW, board)
    relay = Relay(shared, Pass(Payer("run-1", "disk"), TOKEN, targets, limits, time.monotonic() + within_s))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "messages.sock"
        async with open_door(path, relay.answer):
            transport = httpx.AsyncHTTPTransport(uds=str(path))
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway", timeout=30) as client:
                yield Opened(client, relay, books, board)
    await upstreams.close()


async def test_a_request_leaves_with_the_daemons_key_and_the_tiers_model_and_is_written_down() -> None:
    with MessagesApi(lambda _: text("hello yourself")) as api:
        async with opened(api) as door:
            answer = await door.post()

    assert answer.json()["content"] == [{"type": "text", "text": "hello yourself"}]
    (request,) = api.requests
    assert request.headers["x-api-key"] == KEY
    assert request.body["model"] == MODEL
    (call,) = door.books.calls
    assert (call.outcome, call.tokens, call.model) == (CallOutcome.ANSWERED, Tokens(input=100, output=10), MODEL)
    assert call.cost_usd == pytest.approx(price_of(MODEL).of(Tokens(input=100, output=10)))
    assert TOKEN not in json.dumps([dict(request.headers), request.body])


async def test_a_stream_passes_as_it_comes_and_is_counted() -> None:
    with MessagesApi(lambda _: text("one two")) as api:
        async with opened(api) as door:
            answer = await door.post(stream=True)

    assert answer.headers["content-type"] == "text/event-stream"
    assert answer.text.count("event: ") == 6
    assert door.books.calls[0].tokens == Tokens(input=100, output=10)


async def test_who_does_not_know_the_runs_token_gets_nothing_and_nothing_leaves() -> None:
    with MessagesApi("report") as api:
        async with opened(api) as door:
            answers = [await door.post(token="another"), await door.client.get("/v1/models")]

    assert [answer.status_code for answer in answers] == [401, 404]
    assert not api.requests


async def test_what_is_no_request_has_not_asked_a_model() -> None:
    with MessagesApi("report") as api:
        async with opened(api) as door:
            refused = await door.post(max_tokens=0)
            had_asked = door.relay.was_asked
            await door.post()

    assert (refused.status_code, had_asked, door.relay.was_asked) == (400, False, True)


async def test_a_program_that_asks_without_end_is_refused_and_leaves_no_more_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay, "MOST_REQUESTS", 3)
    with MessagesApi("report") as api:
        async with opened(api, limits=Limits(run_usd=0.001)) as door:
            answers = [await door.post() for _ in range(5)]

    assert [answer.status_code for answer in answers] == [400, 400, 400, 429, 429]
    assert answers[-1].headers["x-should-retry"] == "false"
    assert (len(door.books.calls), len(door.relay.tape.exchanges)) == (3, 3)


@pytest.mark.parametrize("streams", [False, True], ids=["told before", "in pieces"])
async def test_a_request_that_is_too_large_is_refused_in_words(streams: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"x" * 2000

    monkeypatch.setattr(doors, "MAX_BODY", 1000)
    with MessagesApi("report") as api:
        async with opened(api) as door:
            content = pieces() if streams else b"x" * 2000
            answer = await door.client.post("/v1/messages", content=content, headers={"x-api-key": TOKEN})
            after = await door.post()

    assert (answer.status_code, after.status_code) == (413, 200)
    assert "more than 1000 bytes" in answer.json()["error"]["message"]


@pytest.mark.parametrize("query", ["?beta=true", "?x=" + "a" * 300, "?x=%00", "?x=[", "/../batches"])
async def test_of_its_address_only_a_plain_query_is_handed_on(query: str) -> None:
    fields = {"model": "m", "max_tokens": 10, "messages": []}
    with MessagesApi(lambda _: text("ok")) as api:
        async with opened(api) as door:
            request = door.client.build_request("POST", "/v1/messages", json=fields, headers={"x-api-key": TOKEN})
            request.url = request.url.copy_with(raw_path=f"/v1/messages{query}".encode())
            answer = await door.client.send(request)

    assert (answer.status_code, len(api.requests)) == ((200, 1) if query == "?beta=true" else (404, 0))


async def test_a_header_of_no_ascii_stays_behind(caplog: pytest.LogCaptureFixture) -> None:
    fields = {"model": "m", "max_tokens": 10, "messages": []}
    headers = {b"x-api-key": TOKEN.encode(), b"anthropic-beta": b"\xe9", b"anthropic-version": b"2023-06-01"}
    with MessagesApi(lambda _: text("ok")) as api:
        async with opened(api) as door:
            answer = await door.client.post("/v1/messages", json=fields, headers=headers)

    assert answer.status_code == 200
    assert "anthropic-beta" not in api.requests[0].headers
    assert not caplog.records


async def test_what_is_not_affordable_never_leaves_and_is_said() -> None:
    with MessagesApi("report") as api:
        async with opened(api, limits=Limits(run_usd=0.001)) as door:
            answer = await door.post()

    assert answer.status_code == 400
    assert "the budget of the run ($0.001)" in answer.json()["error"]["message"]
    assert answer.headers["x-should-retry"] == "false"
    assert not api.requests
    assert door.relay.over_budget
    assert door.books.calls[0].outcome is CallOutcome.OVER_BUDGET


async def test_it_may_say_only_as_much_as_is_left() -> None:
    with MessagesApi(lambda _: text("ok")) as api:
        async with opened(api, limits=Limits(day_usd=0.0035)) as door:
            await door.post()

    assert 512 <= api.requests[0].body["max_tokens"] < 1000


async def test_many_at_once_do_not_overrun_what_all_of_them_share() -> None:
    def at_length(request: Request) -> Reply:
        return Message([{"type": "text", "text": "x"}], 10, request.body["max_tokens"])

    with MessagesApi(at_length) as api:
        async with opened(api, limits=Limits(day_usd=0.02)) as door:
            answers = await asyncio.gather(*(door.post() for _ in range(8)))

    assert {answer.status_code for answer in answers} == {200, 400}
    assert sum(call.cost_usd for call in door.books.calls) <= 0.02


@pytest.mark.parametrize(
    ("failures", "status", "requests"),
    [
        ([Failure(529, "overloaded_error", "Overloaded")], 200, 2),
        ([Failure(429, "rate_limit_error", "slow", {"retry-after": "0"})] * 2, 200, 3),
        ([Failure(500, "api_error", "oops")] * 9, 500, 3),
        ([Failure(429, "rate_limit_error", "slow", {"retry-after": "900"})] * 9, 429, 1),
        ([Failure(401, "authentication_error", "invalid x-api-key")] * 9, 401, 1),
        ([Failure(400, "invalid_request_error", "no such field")] * 9, 400, 1),
    ],
)
async def test_it_is_tried_again_where_that_helps_and_within_the_runs_time(
    failures: list[Reply], status: int, requests: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "FIRST_PAUSE_S", 0.01)
    left = list(failures)
    with MessagesApi(lambda _: left.pop(0) if left else text("at last")) as api:
        async with opened(api) as door:
            answer = await door.post()

    assert (answer.status_code, len(api.requests)) == (status, requests)
    assert bool(door.relay.away) == (status not in (200, 400))
    assert door.books.calls[-1].cost_usd == (0 if status != 200 else pytest.approx(0.00015))


async def test_where_the_first_is_away_the_next_one_answers() -> None:
    with MessagesApi("unauthorized") as first, MessagesApi(lambda _: text("from the second")) as second:
        async with opened(first, second, tiers={"small": False, "local": True}) as door:
            answer = await door.post()

    assert answer.json()["content"][0]["text"] == "from the second"
    assert [(call.upstream, call.outcome) for call in door.books.calls] == [
        ("server 0", CallOutcome.UNAVAILABLE),
        ("server 1", CallOutcome.ANSWERED),
    ]
    assert door.books.calls[1].cost_usd == 0


async def test_a_server_that_says_which_key_it_does_not_know_is_not_quoted_with_it() -> None:
    with MessagesApi(lambda _: Failure(401, "authentication_error", f"no such key: {KEY}")) as api:
        async with opened(api) as door:
            answer = await door.post()

    assert "no such key" in door.relay.away
    assert KEY not in f"{answer.text} {door.relay.away} {door.relay.tape.exchanges}"


async def test_where_nobody_listens_the_reason_names_the_server() -> None:
    async with opened("http://127.0.0.1:9") as door:
        answer = await door.post()

    assert answer.status_code == 503
    assert "server 0 gave no answer" in door.relay.away


async def test_a_server_that_hangs_is_left_at_the_end_of_the_runs_time() -> None:
    with MessagesApi(lambda _: Hang()) as api:
        async with opened(api, within_s=0.3) as door:
            answer = await door.post()

    assert answer.status_code == 504
    (call,) = door.books.calls
    assert call.outcome is CallOutcome.UNAVAILABLE
    assert call.cost_usd > price_of(MODEL).cost_usd(0, 999)


async def test_a_program_that_goes_while_it_waits_leaves_what_that_could_have_cost() -> None:
    with MessagesApi(lambda _: Hang()) as api:
        async with opened(api) as door:
            asking = asyncio.create_task(door.post())
            async with asyncio.timeout(60):
                while not api.requests:  # noqa: ASYNC110  # of another thread
                    await asyncio.sleep(0.01)
            asking.cancel()

    (call,) = door.books.calls
    assert call.outcome is CallOutcome.CUT
    assert call.cost_usd > price_of(MODEL).cost_usd(0, 999)


@pytest.mark.parametrize("reply", [Cut(), Garbage()])
async def test_an_answer_that_breaks_off_counts_as_what_it_could_have_cost(reply: Reply) -> None:
    with MessagesApi(lambda _: reply) as api:
        async with opened(api) as door:
            with contextlib.suppress(httpx.HTTPError):
                await door.post(stream=isinstance(reply, Cut))

    (call,) = door.books.calls
    assert call.outcome is CallOutcome.CUT
    assert call.cost_usd > price_of(MODEL).cost_usd(0, 999)


async def test_what_looks_like_a_credential_does_not_leave() -> None:
    with MessagesApi(lambda _: text("ok")) as api:
        async with opened(api) as door:
            await door.post(messages=[{"role": "user", "content": "DB_PASSWORD=hunter2 in /etc/app.conf"}])

    assert api.requests[0].body["messages"][0]["content"] == "DB_PASSWORD=***secret*** in /etc/app.conf"


async def test_a_target_that_fails_again_and_again_is_left_alone() -> None:
    def once(request: Request) -> Reply:
        return Failure(401, "authentication_error", "invalid x-api-key")

    with MessagesApi(once) as api:
        async with opened(api) as door:
            answers = [await door.post() for _ in range(5)]

    assert len(api.requests) == attempts_before_it_opens(answers)
    assert "left alone" in answers[-1].json()["error"]["message"]


def attempts_before_it_opens(answers: list[httpx.Response]) -> int:
    return sum(answer.status_code == 401 for answer in answers)


@pytest.mark.parametrize(
    ("limits", "budget"),
    [
        (Limits(day_usd=0.001), "day"),
        (Limits(month_usd=0.001), "month"),
        (Limits(call_usd=0.001), "call"),
        (Limits(inspection_usd=0.001), "inspection disk"),
        (Limits(run_usd=0.001), None),
        (Limits(question_usd=0.001), None),
        (Limits(day_usd=0.0), None),
    ],
    ids=[
        "day",
        "month",
        "call",
        "inspection",
        "what one run may cost is the documents word",
        "whoever asks is told",
        "nothing is an answer",
    ],
)
async def test_the_budget_that_stopped_a_request_is_noted_with_what_it_needed(
    limits: Limits, budget: str | None
) -> None:
    with MessagesApi("report") as api:
        async with opened(api, limits=limits) as door:
            answers = [await door.post() for _ in range(2)]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert not api.requests
    assert [stop.budget for stop in door.board.stops()] == ([budget] if budget else [])
    for stop in door.board.stops():
        assert stop.limit_usd == 0.001 < stop.needed_usd < 0.01
        assert NOW < stop.until <= NOW + timedelta(days=32)


async def test_nothing_is_noted_where_another_target_answered() -> None:
    with MessagesApi("report") as dear, MessagesApi("report") as free:
        async with opened(dear, free, limits=Limits(day_usd=0.001), tiers={"small": False, "local": True}) as door:
            answer = await door.post()

    assert (answer.status_code, len(free.requests), door.board.stops()) == (200, 1, ())


async def test_a_raise_counts_at_once_in_a_run_under_way_and_only_as_long_as_it_lasts() -> None:
    with MessagesApi("report") as api:
        async with opened(api, limits=Limits(day_usd=0.002, month_usd=1.0)) as door:
            before = await door.post()
            door.board.raise_to(BudgetRaise("day", 0.004, NOW + timedelta(hours=1)))
            raised = await door.post()
            door.board.raise_to(BudgetRaise("day", 0.004, NOW))
            ended = await door.post()

    assert [before.status_code, raised.status_code, ended.status_code] == [400, 200, 400]
    assert len(api.requests) == 1


async def test_the_first_event_of_a_stream_is_with_the_program_before_the_server_has_sent_the_last() -> None:
    go_on = asyncio.Event()
    first, *others = (sse(event) for event in events(text("one two"), MODEL))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n" + first)
        await go_on.wait()
        writer.write(b"".join(others))
        writer.close()

    seen = ""
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with opened(f"http://127.0.0.1:{port}") as door:
            fields = {"model": "m", "max_tokens": 1000, "messages": [], "stream": True}
            async with door.client.stream("POST", "/v1/messages", json=fields, headers={"x-api-key": TOKEN}) as answer:
                async for piece in answer.aiter_text():
                    seen += piece
                    if "message_start" in seen:
                        go_on.set()

    assert seen == b"".join([first, *others]).decode()
    assert door.books.calls[0].outcome is CallOutcome.ANSWERED
