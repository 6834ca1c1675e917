"""A request as it came, and what a script asks of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from probed.mock_model.reply import Block, Message, text

FINAL_TOOLS = ("StructuredOutput", "report")
"""How the Claude CLI and the Messages API backend name the tool that ends an investigation."""


@dataclass(frozen=True, slots=True)
class Request:
    number: int
    """Counted from 1 over the server's life."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Mapping[str, Any]
    wait: Callable[[float], object] = field(default=time.sleep, compare=False, repr=False)
    """Takes so many seconds, or fewer where the server ends."""

    @property
    def tools(self) -> tuple[str, ...]:
        return tuple(tool["name"] for tool in self.body.get("tools", ()))

    @property
    def turn(self) -> int:
        """Of the conversation, counted from 1: how often the model spoke before, and once more."""
        return 1 + [message["role"] for message in self.body["messages"]].count("assistant")

    @property
    def results(self) -> tuple[Block, ...]:
        """The results of the tools that were called so far, in order."""
        contents = [message["content"] for message in self.body["messages"] if isinstance(message["content"], list)]
        return tuple(block for content in contents for block in content if block["type"] == "tool_result")

    @property
    def text(self) -> str:
        """All that was said: by the system, the user, the model and the tools."""
        spoken = [message.get("content") for message in self.body["messages"]]
        return "\n".join(_words([self.body.get("system"), *spoken]))

    @property
    def latest(self) -> str:
        """What the tools that were called last answered."""
        last = self.body["messages"][-1]["content"] if self.body["messages"] else ()
        found = [block for block in last if block["type"] == "tool_result"] if isinstance(last, list) else []
        return "\n".join(_words(found))

    def offers(self, tool: str) -> bool:
        return any(_is_named(name, tool) for name in self.tools)

    def full_name(self, tool: str) -> str:
        """The CLI puts the server's name before a tool's own; a tool that is not offered stays as it is called."""
        return next((name for name in self.tools if _is_named(name, tool)), tool)


def is_request(body: object) -> bool:
    """As far as anything here looks into one."""
    if not isinstance(body, dict) or not isinstance(body.get("model"), str):
        return False
    messages, tools = body.get("messages"), body.get("tools", [])
    return _are_objects(messages, "role") and _are_objects(tools, "name") and all(map(_is_said, messages))


def _is_said(message: Block) -> bool:
    content = message.get("content")
    return isinstance(content, str) or _are_objects(content, "type")


def _are_objects(value: object, key: str) -> TypeGuard[list[Block]]:
    return isinstance(value, list) and all(isinstance(each, dict) and isinstance(each.get(key), str) for each in value)


def call(request: Request, tool: str, arguments: Mapping[str, Any] | None = None) -> Message:
    """The model calls a probe, by the name it has on our side."""
    return calls(request, {tool: arguments or {}})


def calls(request: Request, wanted: Mapping[str, Mapping[str, Any]]) -> Message:
    """Several of them in one turn."""
    return Message([_use(request, place, request.full_name(tool), wanted[tool]) for place, tool in enumerate(wanted)])


def report(request: Request, content: Mapping[str, Any]) -> Message:
    """The model ends the investigation."""
    final = next((name for name in FINAL_TOOLS if name in request.tools), None)
    return Message([_use(request, 0, final, content)]) if final else text("There is nothing to report with.")


def _use(request: Request, place: int, name: str, arguments: Mapping[str, Any]) -> Block:
    identity = f"toolu_{request.number}" if not place else f"toolu_{request.number}_{place}"
    return {"type": "tool_use", "id": identity, "name": name, "input": dict(arguments)}


def _is_named(name: str, tool: str) -> bool:
    return name == tool or name.endswith(f"__{tool}")


def _words(content: object) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, list):
        for block in content:
            yield from _words(block)
    elif isinstance(content, Mapping):
        yield from _words(content.get("text") or content.get("content"))
