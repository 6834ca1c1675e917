"""Questions over the API: what happens comes as it happens, and a client that goes away cancels its question."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from starlette.types import Message

from probed.core.inquiry import Cited, Happening, Inquiry, InquiryState, Looked, Said
from probed.core.phrases import phrase
from probed.errors import Conflict, NotFound, TooMany
from probed.wire import paths
from tests.api.asgi import JSON, OPERATOR, ROOT, app_of, ask, scope_of
from tests.api.fakes import FakeQuestions, World
from tests.factories import NOW

ANSWERED = Inquiry(
    "q1",
    "q1",
    "why?",
    "uid:0",
    NOW,
    InquiryState.ANSWERED,
    answer="A backup ran [e1].",
    evidence=(Cited("e1", "journal", {"minutes": 60}, "c0ffee", is_cited=True),),
    model="claude-haiku-4-5",
    cost_usd=0.004,
    ended_at=NOW,
)


class Client:
    """Asks, and listens until it is told to go away."""

    def __init__(self, world: World, body: object) -> None:
        self.told: list[dict[str, Any]] = []
        self.leaves = asyncio.Event()
        self._given: list[Message] = [{"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}]
        self._app, self._news = app_of(world), asyncio.Event()

    async def ask(self) -> None:
        await self._app(scope_of("POST", paths.QUESTIONS, JSON, ROOT), self._receive, self._send)

    async def hears(self, type_: str) -> dict[str, Any]:
        while True:
            if found := [each for each in self.told if each["type"] == type_]:
                return found[0]
            self._news.clear()
            await self._news.wait()

    async def _receive(self) -> Message:
        if not self._given:
            await self.leaves.wait()
            return {"type": "http.disconnect"}
        return self._given.pop(0)

    async def _send(self, message: Message) -> None:
        self.told += [json.loads(line[6:]) for line in message.get("body", b"").split(b"\n") if line[:5] == b"data:"]
        self._news.set()


async def test_what_happens_comes_as_it_happens_and_the_answer_with_its_cost_last() -> None:
    happenings: list[Happening] = [
        Looked("e1", "journal", {"minutes": 60}, False),
        Said("A backup "),
        Said("ran [e1]."),
    ]
    world = World(questions=FakeQuestions(happenings=happenings, answered=ANSWERED))
    client = Client(world, {"text": "why?"})

    await client.ask()

    assert [each["type"] for each in client.told] == ["asked", "looked", "said", "ended"]
    asked, looked, said, ended = client.told
    assert asked["question"]["id"] == "q1"
    assert (looked["seen"]["id"], looked["seen"]["probe"]) == ("e1", "journal")
    assert said["text"] == "A backup ran [e1]."
    assert ended["question"]["answer"] == "A backup ran [e1]."
    assert ended["question"]["cost_usd"] == 0.004
    assert ended["question"]["evidence"][0]["is_cited"]


async def test_a_client_that_goes_away_cancels_its_question() -> None:
    world = World(questions=FakeQuestions())
    client = Client(world, {"text": "why?"})
    asking = asyncio.create_task(client.ask())
    await client.hears("asked")

    client.leaves.set()

    async with asyncio.timeout(60):
        await world.questions.given_up.wait()
        await asking


async def test_a_question_ends_also_where_not_even_its_beginning_could_be_told() -> None:
    world = World(questions=FakeQuestions())
    client = Client(world, {"text": "why?"})

    async def send(message: Message) -> None:
        raise ConnectionError

    client._send = send  # type: ignore[method-assign]
    with pytest.raises(ConnectionError):
        await client.ask()

    assert world.questions.given_up.is_set()


async def test_silence_is_broken_by_a_sign_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probed.api.asking.HEARTBEAT_S", 0.01)
    signs = asyncio.Event()
    client = Client(World(questions=FakeQuestions()), {"text": "why?"})
    heard = client._send

    async def send(message: Message) -> None:
        await heard(message)
        if message.get("body") == b": it goes on\n\n":
            signs.set()

    client._send = send  # type: ignore[method-assign]
    asking = asyncio.create_task(client.ask())
    async with asyncio.timeout(60):
        await signs.wait()
        client.leaves.set()
        await asking


async def test_what_is_asked_for_reaches_the_engine() -> None:
    world = World(questions=FakeQuestions(answered=ANSWERED))
    body = {"text": " and before? ", "session": "q1", "about": "c1"}

    await Client(world, body).ask()

    [draft] = world.questions.drafts
    assert (draft.text, draft.session, draft.goes_on, draft.about) == ("and before?", "q1", False, "c1")


@pytest.mark.parametrize(
    ("failure", "status"),
    [(NotFound("no question q9"), 404), (Conflict(phrase("no model")), 409), (TooMany("two of yours"), 429)],
)
async def test_what_cannot_be_asked_is_refused_before_the_stream(failure: Exception, status: int) -> None:
    answer = await ask(app_of(World(questions=FakeQuestions(failure))), "POST", paths.QUESTIONS, {"text": "why?"})

    assert answer.status == status
    assert answer.error["message"] == str(failure)


@pytest.mark.parametrize("body", [{"text": ""}, {"text": "  \n "}, {"text": "x" * 4001}, {"text": "\x1b[2J"}, {}])
async def test_a_question_is_words(body: object) -> None:
    world = World(questions=FakeQuestions(answered=ANSWERED))

    assert (await ask(app_of(world), "POST", paths.QUESTIONS, body)).status == 422
    assert world.questions.drafts == []


async def test_questions_are_listed_by_session_and_shown() -> None:
    other = replace(ANSWERED, id="q0", session="q0")
    world = World()
    world.queries.all_inquiries = [ANSWERED, other]

    listed = (await ask(app_of(world), "GET", f"{paths.QUESTIONS}?session=q0", peer=OPERATOR)).json
    shown = (await ask(app_of(world), "GET", f"{paths.QUESTIONS}/q1", peer=OPERATOR)).json

    assert [each["id"] for each in listed["items"]] == ["q0"]
    assert (shown["answer"], shown["state"], shown["ended_at"] is not None) == ("A backup ran [e1].", "answered", True)
