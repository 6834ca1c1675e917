"""What a request may cost, and how much of it so much money pays for."""

from __future__ import annotations

import json
import math

import pytest

from probed.agent.gateway.asked import Asked, NotAsked, read
from probed.agent.prices import Price

PRICE = Price(3, 15)


def asked(**changes: object) -> Asked:
    return read(json.dumps({"model": "m", "max_tokens": 1000, "messages": [], **changes}).encode())


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\xff", "no JSON object"),
        (b"[]", "no JSON object"),
        (b"[" * 100_000, "no JSON object"),
        (b'{"model": "a", "model": "b"}', "no JSON object"),
        (b'{"max_tokens": 1, "messages": []}', "model"),
        (b'{"model": "m", "max_tokens": 0, "messages": []}', "max_tokens"),
        (b'{"model": "m", "max_tokens": true, "messages": []}', "max_tokens"),
        (b'{"model": "m", "max_tokens": 1}', "messages"),
    ],
)
def test_what_is_no_request_is_refused_with_the_reason(body: bytes, reason: str) -> None:
    with pytest.raises(NotAsked, match=reason):
        read(body)


IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}
LONG = {"type": "ephemeral", "ttl": "1h"}
SEARCH = {"type": "web_search_20250305", "name": "web_search"}


def said(*blocks: object) -> list[object]:
    return [{"role": "user", "content": list(blocks)}]


def nested(depth: int) -> object:
    return [nested(depth - 1)] if depth else []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"tools": [{"name": "own", "input_schema": {}}, SEARCH]}, "web_search_20250305 would be run"),
        ({"tools": [{"type": "mcp_toolset", "mcp_server_name": "x"}]}, "mcp_toolset would be run"),
        ({"mcp_servers": [{"type": "url", "url": "https://example.org/?what-it-read"}]}, "mcp_servers"),
        ({"speed": "fast"}, "speed"),
        ({"messages": said(IMAGE)}, "an image is not handed on"),
        ({"messages": said({"type": "tool_result", "tool_use_id": "t", "content": [IMAGE]})}, "an image"),
        ({"system": [{"type": "document", "source": {"type": "url", "url": "https://example.org"}}]}, "a document"),
        ({"messages": said({"type": "document", "source": {"type": "content", "content": [IMAGE]}})}, "an image"),
        ({"messages": said({"type": "container_upload", "file_id": "f"})}, "a container_upload"),
        ({"messages": said({"type": "audio", "source": {"type": "base64", "data": "aGk="}})}, "an audio"),
        ({"messages": said({"type": "video", "source": {"type": "url", "url": "https://example.org"}})}, "a video"),
        ({"messages": said({"text": "of no kind"})}, "a None"),
        ({"messages": [{"role": "user", "content": IMAGE}]}, "neither a text nor a list"),
        (
            {"messages": said({"type": "tool_result", "tool_use_id": "t", "content": IMAGE})},
            "neither a text nor a list",
        ),
        ({"system": IMAGE}, "neither a text nor a list"),
        ({"messages": [nested(150)]}, "nested too deeply"),
        ({"messages": [[]] * 100_001}, "commas and brackets"),
    ],
)
def test_what_the_models_server_would_do_beside_answering_is_refused(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(NotAsked, match=reason):
        asked(**changes)


def test_text_and_a_programs_own_tools_are_handed_on() -> None:
    text = {"type": "text", "source": "x", "text": "[{,", "cache_control": {"type": "ephemeral"}}
    call = {"type": "tool_use", "id": "t", "name": "own", "input": {"type": "image", "source": {"type": "url"}}}
    document = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "hello"}}
    result = {"type": "tool_result", "tool_use_id": "t", "content": "well", "cache_control": {"ttl": "5m"}}
    tools = [{"name": "own", "input_schema": {"type": "object", "properties": {"image": {"type": "image"}}}}]

    whole = asked(
        tools=[*tools, {"type": "custom", "name": "b"}, {"type": "bash_20250124", "name": "bash"}],
        messages=[
            *said(text, document, result),
            {"role": "assistant", "content": [call]},
            {"role": "user", "content": "hi"},
        ],
    )

    assert len(whole.fields["messages"]) == 3


def test_the_server_keeps_nothing_for_longer_than_is_reckoned_with() -> None:
    """What is kept for an hour costs twice as much as what is read, not one and a quarter."""
    text = {"type": "text", "text": "x", "cache_control": LONG}
    call = {"type": "tool_use", "id": "t", "name": "own", "input": {"cache_control": {"ttl": "of a web server"}}}

    sent = asked(
        system=[text],
        tools=[{"name": "own", "input_schema": {}, "cache_control": LONG}],
        messages=said(call, {"type": "tool_result", "tool_use_id": "t", "content": [text], "cache_control": LONG}),
        cache_control=LONG,
    ).body()

    assert b"1h" not in sent
    assert sent.count(b'"cache_control": {"type": "ephemeral"}') == 5
    assert b"of a web server" in sent


def test_it_says_at_most_what_the_money_pays_for() -> None:
    whole = asked()

    assert whole.affordable(1.0, PRICE) == whole
    cut = whole.affordable(whole.sent_usd(PRICE) + PRICE.cost_usd(0, 700), PRICE)

    assert cut
    assert cut.max_tokens == 700
    assert cut.most_usd(PRICE) == pytest.approx(whole.sent_usd(PRICE) + PRICE.cost_usd(0, 700))


def test_what_could_say_next_to_nothing_is_not_affordable_and_a_short_question_is() -> None:
    assert asked().affordable(asked().sent_usd(PRICE) + PRICE.cost_usd(0, 500), PRICE) is None
    short = asked(max_tokens=10)

    assert short.affordable(short.most_usd(PRICE) * 1.01, PRICE) == short


def test_thinking_has_its_room_or_the_request_does_not_leave() -> None:
    thoughtful = asked(max_tokens=8192, thinking={"type": "enabled", "budget_tokens": 4096})

    left = thoughtful.sent_usd(PRICE) + PRICE.cost_usd(0, 4500)

    assert thoughtful.affordable(left, PRICE) is None


def test_what_costs_nothing_or_has_no_limit_is_affordable() -> None:
    assert asked().affordable(0.0, Price(0, 0)) == asked()
    assert asked().affordable(math.inf, PRICE) == asked()


def test_the_model_is_put_in_its_place_and_the_rest_stays() -> None:
    changed = asked(system="be brief").of_model("other")

    assert json.loads(changed.body()) == {"model": "other", "max_tokens": 1000, "messages": [], "system": "be brief"}


THOUGHT = {"type": "thinking", "thinking": "", "signature": "api_key=sk-ant-api03-" + "a" * 40}
TURN = {"role": "assistant", "content": [THOUGHT, {"type": "text", "text": "password=hunter2secret"}]}


def test_a_models_thoughts_go_back_as_they_came_and_the_rest_without_secrets() -> None:
    sent = json.loads(asked(messages=[TURN], system="password=hunter2secret").body())

    assert sent["messages"][0]["content"][0] == THOUGHT
    assert "hunter2secret" not in json.dumps(sent)


@pytest.mark.parametrize(("spoke", "kept"), [((), True), (("m",), True), (("other",), False), (("m", "other"), False)])
def test_a_model_gets_no_thoughts_of_another(spoke: tuple[str, ...], kept: bool) -> None:
    redacted = {"type": "redacted_thinking", "data": "x"}
    turn = {"role": "assistant", "content": [THOUGHT, redacted, {"type": "text", "text": "well"}]}
    question = {"role": "user", "content": "look"}

    sent = asked(messages=[question, turn]).of_model("m", spoke).fields["messages"]

    assert sent[0] == question
    assert [block["type"] for block in sent[1]["content"]] == (
        ["thinking", "redacted_thinking", "text"] if kept else ["text"]
    )
