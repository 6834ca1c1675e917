"""A power supply that apcupsd looks after, asked over its network information server; see "NIS" in its manual."""

from __future__ import annotations

import re
import socket
import struct
import time
from collections.abc import Iterator, Mapping

from probed.errors import HostFailed, NotHere
from probed.host import names
from probed.host.ups import Supply

HOST, PORT = "127.0.0.1", 3551
DEADLINE_S = 5.0
QUESTION = b"status"
MOST_RECORDS = 200
FLAGS = {
    "ONLINE": "OL",
    "ONBATT": "OB",
    "LOWBATT": "LB",
    "REPLACEBATT": "RB",
    "OVERLOAD": "OVER",
    "CAL": "CAL",
    "TRIM": "TRIM",
    "BOOST": "BOOST",
}
"""As the Network UPS Tools name the same."""
ALARMS = {"NOBATT": "it has no battery", "SHUTTING": "it shuts this host down"}


def supply(port: int | None = None) -> Supply:
    """Raises NotHere where nobody answers here, HostFailed."""
    try:
        with names.connect(HOST, port or PORT, DEADLINE_S) as connection:
            connection.sendall(struct.pack(">H", len(QUESTION)) + QUESTION)
            return told(dict(_facts(connection, time.monotonic() + DEADLINE_S)))
    except ConnectionRefusedError:
        raise NotHere("apcupsd") from None
    except OSError as error:
        reason = f"no answer within {DEADLINE_S:g} s" if isinstance(error, TimeoutError) else error.strerror
        raise HostFailed(f"apcupsd: {reason}") from error


def told(facts: Mapping[str, str]) -> Supply:
    words = facts.get("STATUS", "").split()
    is_lost = "COMMLOST" in words
    return Supply(
        name=facts.get("UPSNAME") or "apcupsd",
        flags=() if is_lost else tuple(FLAGS[word] for word in words if word in FLAGS),
        charge_percent=_number(facts, "BCHARGE"),
        runtime_s=None if (minutes := _number(facts, "TIMELEFT")) is None else 60 * minutes,
        load_percent=_number(facts, "LOADPCT"),
        alarm=", ".join(text for word, text in ALARMS.items() if word in words),
        trouble="apcupsd has lost it" if is_lost else "",
    )


def _facts(connection: socket.socket, end: float) -> Iterator[tuple[str, str]]:
    """Records with their length before them, until one of none. Raises OSError."""
    for _ in range(MOST_RECORDS):
        (length,) = struct.unpack(">H", _read(connection, 2, end))
        if not length:
            return
        name, _, value = _read(connection, length, end).decode(errors="replace").partition(":")
        yield name.strip(), value.strip()


def _read(connection: socket.socket, count: int, end: float) -> bytes:
    content = b""
    while len(content) < count:
        connection.settimeout(max(0.001, end - time.monotonic()))
        more = connection.recv(count - len(content))
        if not more:
            raise ConnectionError(0, "it broke the connection off")
        content += more
    return content


def _number(facts: Mapping[str, str], name: str) -> float | None:
    found = re.match(r"-?\d+(?:\.\d+)?", facts.get(name, ""))
    return float(found[0]) if found else None
