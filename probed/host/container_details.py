"""What the Docker engine knows of one container, and what that has said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from probed.errors import HostFailed
from probed.host.docker import connected, not_found

MOST_BYTES = 2**20
"""Of what a container has said, in one look."""
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


def said(name: str, count: int, *, until: str = "", deadline_s: float = 5.0) -> Sequence[Line]:
    """So many of its newest lines, oldest first; those before the moment `until`. Raises NotHere, HostFailed."""
    with connected(deadline_s) as engine:
        try:
            wants = {"stdout": "1", "stderr": "1", "timestamps": "1", "tail": str(count + bool(until))}
            wants |= {"until": until} if until else {}
            place = f"{engine.base_url}/v{engine.api_version}/containers/{_quoted(name)}/logs"
            has_terminal = bool((engine.inspect_container(name).get("Config") or {}).get("Tty"))
            answer = engine.get(place, params=wants, timeout=deadline_s, stream=True)
            with answer:
                answer.raise_for_status()
                content = b"".join(_bounded(answer.iter_content(16_384)))
        except not_found():
            raise HostFailed(f"there is no container {name}") from None
    text = content if has_terminal else b"".join(_frames(content))
    lines = [_line(each) for each in text.decode(errors="replace").split("\n") if each.strip()]
    return [each for each in lines if not until or each.at < until][-count:]


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


def _frames(content: bytes) -> Iterator[bytes]:
    """Without the eight bytes before each piece, of which the last four say how long it is."""
    at = 0
    while at + 8 <= len(content):
        length = int.from_bytes(content[at + 4 : at + 8], "big")
        yield content[at + 8 : at + 8 + length]
        at += 8 + length


def _line(text: str) -> Line:
    at, _, rest = text.partition(" ")
    return Line(at, rest.rstrip("\r")[:LONGEST_LINE])
