"""What a request may hold. Its program is not trusted: the model's server would reach the network for it, and read
pictures whose price nobody can tell before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

MOST_SIGNS = 200_000
"""Commas and brackets: each may stand for a value, which takes a multiple of its letters in memory."""
OF_SERVER = ("mcp_servers", "container", "speed", "inference_geo", "fallbacks")
"""Fields by which the server asks others, or asks for another price than the model's."""
ITS_OWN = ("custom", "bash_", "text_editor_", "computer_", "memory_", "tool_search_tool_")
"""Tools that a program runs by itself, by the beginning of their type; the last one reads nothing but the tools."""
IN_WORDS = ("text", "content")


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
    kinds = (_kind_of(block) for block in _blocks(fields))
    if foreign := next((kind for kind in kinds if kind), ""):
        return f"messages: {foreign} is not handed on, only text is"
    return ""


def _blocks(fields: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from _within(fields.get("system"))
    for message in fields["messages"]:
        yield from _within(message.get("content") if isinstance(message, dict) else None)


def _within(content: object) -> Iterator[Mapping[str, Any]]:
    """With those in a tool's result, and in a document; not what a tool is called with."""
    for block in content if isinstance(content, list) else ():
        if isinstance(block, dict):
            source = block.get("source")
            yield block
            yield from _within(block.get("content"))
            yield from _within(source.get("content") if isinstance(source, dict) else None)


def _kind_of(block: Mapping[str, Any]) -> str:
    """Of what is more than text."""
    kind, source = str(block.get("type")), block.get("source")
    if kind in ("image", "container_upload"):
        return f"an {kind}" if kind == "image" else f"a {kind}"
    if kind == "document" and not (isinstance(source, dict) and source.get("type") in IN_WORDS):
        return "a document that is no text"
    return ""
