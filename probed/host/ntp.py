"""Asking a time server (NTP) once, as a client of its would: RFC 5905, and RFC 4330 for clients that only ask."""

from __future__ import annotations

import socket
import struct
import time
from dataclasses import dataclass

from probed.errors import HostFailed
from probed.host.names import Lookup, look_up

PACKET = struct.Struct("!BBbb11I")
CLIENT = 4 << 3 | 3
"""Version 4, mode 3; no warning."""
SERVER_MODE = 4
NOT_SYNCHRONISED = 3
"""Of the leap indicator."""
LEAST_STRATUM, MOST_STRATUM = 1, 15
SINCE_1900_S = 2_208_988_800
ERA_S = 2**32
"""After so many seconds, in 2036, the count begins anew."""


@dataclass(frozen=True, slots=True)
class Time:
    offset_s: float
    """What this host's clock would have to be put forward, to agree."""
    delay_s: float
    """There and back."""
    stratum: int
    """Steps from a clock of its own; 0 where the server refuses, 16 where it has none."""
    is_synchronised: bool


def asked(server: str, port: int, *, deadline_s: float) -> Time:
    """Raises HostFailed where nobody answers in time."""
    end = time.monotonic() + deadline_s
    try:
        answers = look_up(Lookup(server, port, type=socket.SOCK_DGRAM)).result(deadline_s)
        family, kind, proto, _, address = answers[0]
        with socket.socket(family, kind, proto) as asking:
            asking.connect(address)
            return _answer(asking, end)
    except TimeoutError:
        raise HostFailed(f"{server}:{port}: no answer within {deadline_s:g} s") from None
    except OSError as error:
        raise HostFailed(f"{server}:{port}: {error.strerror or error}") from error


def _answer(asking: socket.socket, end: float) -> Time:
    """Answers to an earlier question, and what is none, are passed over. Raises OSError."""
    sent_at, began = time.time(), time.monotonic()
    mark = _stamp(sent_at)
    asking.sendall(PACKET.pack(CLIENT, 0, 0, 0, *[0] * 9, *mark))
    while True:
        asking.settimeout(max(0.001, end - time.monotonic()))
        packet = asking.recv(1024)
        came_at = sent_at + time.monotonic() - began
        if len(packet) >= PACKET.size:
            first, stratum, _, _, *words = PACKET.unpack(packet[: PACKET.size])
            if first & 7 == SERVER_MODE and tuple(words[5:7]) == mark:
                return _time(first >> 6, stratum, words, sent_at, came_at)


def _time(leap: int, stratum: int, words: list[int], sent_at: float, came_at: float) -> Time:
    received_at, answered_at = (_near(words[start], words[start + 1], sent_at) for start in (7, 9))
    return Time(
        offset_s=(received_at - sent_at + answered_at - came_at) / 2,
        delay_s=max(0.0, came_at - sent_at - (answered_at - received_at)),
        stratum=stratum,
        is_synchronised=leap != NOT_SYNCHRONISED and LEAST_STRATUM <= stratum <= MOST_STRATUM,
    )


def _stamp(at: float) -> tuple[int, int]:
    seconds = at + SINCE_1900_S
    return int(seconds) % ERA_S, int((seconds % 1) * ERA_S)


def _near(seconds: int, fraction: int, now: float) -> float:
    """In the era that is nearest to now."""
    at = seconds - SINCE_1900_S + fraction / ERA_S
    return at + round((now - at) / ERA_S) * ERA_S
