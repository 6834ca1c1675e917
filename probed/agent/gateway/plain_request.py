"""What a request may hold. Its program is not trusted: the model's server would reach the network for it, and read
pictures whose price nobody can tell before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MOST_SIGNS = 200_000
"""Commas and brackets: each may stand for a value, which takes a multiple of its letters in memory."""
OF_SERVER = ("mcp_servers", "container", "speed", "inference_geo", "fallbacks")
"""Fields by which the server asks others, or asks for another price than the model's."""
ITS_OWN = ("custom", "bash_", "text_editor_", "computer_", "memory_", "tool_search_tool_")
"""Tools that a program runs by itself, by the beginning of their type; the last one reads nothing but the tools."""
KINDS = ("text", "tool_use", "tool_result", "tool_reference", "thinking", "redacted_thinking", "search_result")
"""Of blocks, beside documents: no other has a price that its length tells."""
IN_WORDS = ("text", "content")
LONGEST_NAME = 40


def is_intricate(body: bytes) -> bool:
    """Before it is read."""
    return sum(map(body.count, (b",", b"{", b"["))) > MOST_SIGNS


def refusal(fields: Mapping[str, Any]) -> str:
    """Why it is not handed on; empty where it is."""
    if named := next((name for name in OF_SERVER if fields.get(name)), None):
        return f"{named}: is not handed on"
    tools = fields.get("tools")
    for tool in tools if isinstance(tools, list) else ():
        kind = str(tool.get("type") or "custom") if isinstance(tool, dict) else "custom"
        if not kind.startswith(ITS_OWN):
            return f"tools: {kind} would be run by the model's server"
    contents = list(_contents(fields))
    if not all(isinstance(content, str | list | None) for content in contents):
        return "messages: a content that is neither a text nor a list is not handed on"
    kinds = (_kind_of(block) for content in contents for block in _blocks(content))
    if foreign := next((kind for kind in kinds if kind), ""):
        return f"messages: {foreign} is not handed on, only text is"
    return ""


def keep_briefly(fields: Mapping[str, Any]) -> None:
    """Have the server keep what it has read for its 5 minutes: for an hour, that costs more than is reckoned with."""
    blocks = (block for content in _contents(fields) for block in _blocks(content))
    for holder in (fields, *_blocks(fields.get("tools")), *blocks):
        control = holder.get("cache_control")
        if isinstance(control, dict):
            control.pop("ttl", None)


def _contents(fields: Mapping[str, Any]) -> Iterator[object]:
    yield from _within(fields.get("system"))
    for message in fields["messages"]:
        yield from _within(message.get("content") if isinstance(message, dict) else None)


def _within(content: object) -> Iterator[object]:
    """Itself, with that of a tool's result and of a document in it; not what a tool is called with."""
    yield content
    for block in _blocks(content):
        source = block.get("source")
        yield from _within(block.get("content"))
        yield from _within(source.get("content") if isinstance(source, dict) else None)


def _blocks(content: object) -> Sequence[Mapping[str, Any]]:
    return [block for block in content if isinstance(block, dict)] if isinstance(content, list) else ()


def _kind_of(block: Mapping[str, Any]) -> str:
    """Of what is more than text."""
    kind, source = str(block.get("type"))[:LONGEST_NAME], block.get("source")
    if kind == "document":
        return "" if isinstance(source, dict) and source.get("type") in IN_WORDS else "a document that is no text"
    return "" if kind in KINDS else f"an {kind}" if kind[:1] in "aeiou" else f"a {kind}"
