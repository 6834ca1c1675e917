"""What the Docker engine knows of one container, and what that has said."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from probed.errors import HostFailed
from probed.host.docker import connected, not_found

MOST_BYTES = 16 * 2**20
"""Of what a container has said, in one look."""
MOST_LINES = 50_000
SLACK = 100
"""Lines that may have come between two looks."""
LONGEST_LINE = 8192


@dataclass(frozen=True, slots=True)
class Line:
    at: str
    """As the engine writes it: in UTC, to the nanosecond."""
    text: str


def inspected(name: str, *, deadline_s: float = 5.0) -> Mapping[str, Any]:
    """As the engine tells it, secrets and all. Raises NotHere, HostFailed."""
    with connected(deadline_s) as engine:
        try:
            found: Mapping[str, Any] = engine.inspect_container(name)
        except not_found():
            raise HostFailed(f"there is no container {name}") from None
    return found


def said(name: str, count: int, *, before: str = "", skip: int = 0, deadline_s: float = 5.0) -> Sequence[Line]:
    """So many of its newest lines, oldest first; those from before that moment, which about `skip` newer ones follow:
    the engine counts from the end alone. Raises NotHere, HostFailed."""
    tail = count + skip + (SLACK if before else 0)
    with connected(deadline_s) as engine:
        try:
            has_terminal = bool((engine.inspect_container(name).get("Config") or {}).get("Tty"))
            while True:
                place = f"{engine.base_url}/v{engine.api_version}/containers/{_quoted(name)}/logs"
                wants = {"stdout": "1", "stderr": "1", "timestamps": "1", "tail": str(tail)}
                with engine.get(place, params=wants, timeout=deadline_s, stream=True) as answer:
                    answer.raise_for_status()
                    lines = _lines(_bounded(answer.iter_content(16_384)), has_terminal=has_terminal)
                    told, kept = _newest(lines, count, before)
                if len(kept) == count or told < tail or tail > MOST_LINES:
                    return kept
                tail *= 2  # it has said much since then
        except not_found():
            raise HostFailed(f"there is no container {name}") from None


def _newest(lines: Iterable[Line], count: int, before: str) -> tuple[int, Sequence[Line]]:
    """How many lines there were, and the last of those from before."""
    told, kept = 0, deque[Line](maxlen=count)
    for line in lines:
        told += 1
        if not before or line.at < before:
            kept.append(line)
    return told, list(kept)


def _quoted(name: str) -> str:
    from urllib.parse import quote

    return quote(name, safe="")


def _bounded(chunks: Iterable[bytes]) -> Iterator[bytes]:
    room = MOST_BYTES
    for chunk in chunks:
        yield chunk[:room]
        room -= len(chunk)
        if room <= 0:
            return


def _lines(chunks: Iterable[bytes], *, has_terminal: bool) -> Iterator[Line]:
    rest = b""
    for piece in chunks if has_terminal else _frames(chunks):
        *whole, rest = (rest + piece).split(b"\n")
        yield from (_line(each) for each in whole if each.strip())
    if rest.strip():
        yield _line(rest)


def _frames(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Without the eight bytes before each piece, of which the last four say how long it is."""
    content = b""
    for chunk in chunks:
        content += chunk
        while len(content) >= 8 and len(content) >= 8 + (length := int.from_bytes(content[4:8], "big")):
            yield content[8 : 8 + length]
            content = content[8 + length :]


def _line(content: bytes) -> Line:
    at, _, rest = content[: 4 * LONGEST_LINE].decode(errors="replace").partition(" ")
    return Line(at, rest.rstrip("\r")[:LONGEST_LINE])
