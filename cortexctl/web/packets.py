"""What passes between a page, which is textual-serve's script, and a dashboard with Textual's web driver.

The page speaks JSON, `["stdin", "q"]`, and takes bytes for its terminal. The driver speaks packets: a letter for the
kind, four bytes of length, the payload.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

BEGINNING = b"__GANGLION__\n"
"""What the driver prints first."""
SCREEN, META = b"D", b"M"
SMALLEST, LARGEST = 1, 1000
"""Columns or lines of a terminal; what a page says is bounded, whatever it says."""


async def has_begun(output: asyncio.StreamReader) -> bool:
    """False where the program ends before its dashboard begins."""
    async for line in output:
        if line == BEGINNING:
            return True
    return False


async def packets(output: asyncio.StreamReader) -> AsyncIterator[tuple[bytes, bytes]]:
    """Kind and payload, until the program closes its output."""
    try:
        while True:
            head = await output.readexactly(5)
            yield head[:1], await output.readexactly(int.from_bytes(head[1:], "big"))
    except asyncio.IncompleteReadError:
        return


def typed(text: str) -> bytes:
    return packet(SCREEN, text.encode(errors="replace"))


def meta(kind: str, **more: int) -> bytes:
    return packet(META, json.dumps({"type": kind, **more}).encode())


def packet(kind: bytes, payload: bytes) -> bytes:
    return kind + len(payload).to_bytes(4, "big") + payload


def is_end(kind: bytes, payload: bytes) -> bool:
    return kind == META and json.loads(payload).get("type") == "exit"


def for_program(message: str) -> bytes:
    """What a page's message is to the dashboard; nothing, where it is for nobody."""
    match parsed(message):
        case ["stdin", str(text)]:
            return typed(text)
        case ["resize", {"width": int(width), "height": int(height)}]:
            return meta("resize", width=bounded(width), height=bounded(height))
        case ["blur" | "focus" as kind]:
            return meta(kind)
    return b""


def for_page(message: str) -> str:
    """What a page's message is answered with, where it is answered."""
    match parsed(message):
        case ["ping", str(sent)]:
            return json.dumps(["pong", sent])
    return ""


def size(query: Mapping[str, str]) -> tuple[int, int]:
    """Columns and lines, as the page asks for them when it connects."""
    return whole(query.get("width", ""), 80), whole(query.get("height", ""), 24)


def whole(text: str, otherwise: int) -> int:
    return bounded(int(text)) if text.isdecimal() and len(text) < 10 else otherwise


def bounded(number: int) -> int:
    return max(SMALLEST, min(number, LARGEST))


def parsed(message: str) -> Any:
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        return None
