"""How long a host takes to answer: echo requests without root, or TCP connections."""

from __future__ import annotations

import contextlib
import math
import os
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

from probed.errors import HostFailed, NotHere
from probed.host import names

REQUEST, REPLY = {socket.AF_INET: 8, socket.AF_INET6: 128}, {socket.AF_INET: 0, socket.AF_INET6: 129}
REMEDY = "let the daemon's group ping: sysctl -w net.ipv4.ping_group_range='0 2147483647', and a line in /etc/sysctl.d"
MAX_PACKET_BYTES = 2048


@dataclass(frozen=True, slots=True)
class Tries:
    address: str
    sent: int
    seconds: tuple[float, ...]
    """Of those that were answered, in their order."""
    fault: str
    """Why the last of the others was not, where the system said it."""

    @property
    def loss_percent(self) -> float:
        return 100.0 * (self.sent - len(self.seconds)) / self.sent

    def percentile(self, percent: float) -> float:
        """The nearest rank. At least one must have been answered."""
        ordered = sorted(self.seconds)
        return ordered[math.ceil(len(ordered) * percent / 100) - 1]


def echo(host: str, *, count: int, interval_s: float, deadline_s: float) -> Tries:
    """`deadline_s` holds for all together. Raises NotHere where this process may not ping, HostFailed where the name
    has no address."""
    end = time.monotonic() + deadline_s
    family, address = _address(host, deadline_s)
    with _open(family) as icmp:
        tries = _Echoes(icmp, family, address)
        return _repeated(address, tries.one, count, interval_s, end)


def connect(host: str, port: int, *, count: int, interval_s: float, deadline_s: float) -> Tries:
    """TCP connections instead. Raises HostFailed where the name has no address."""
    end = time.monotonic() + deadline_s
    _, address = _address(host, deadline_s)

    def one(patience_s: float) -> float:
        began = time.monotonic()
        names.connect(address, port, patience_s).close()
        return time.monotonic() - began

    return _repeated(address, one, count, interval_s, end)


def _repeated(address: str, one: Callable[[float], float], count: int, interval_s: float, end: float) -> Tries:
    """`one` takes how long it may wait, returns how long it took, and raises OSError."""
    answered, fault = [], ""
    for number in range(count):
        began = time.monotonic()
        patience_s = (end - began - interval_s * (count - number - 1)) / (count - number)
        try:
            answered.append(one(max(patience_s, 0.001)))
        except OSError as error:
            fault = f"no answer within {patience_s:.2g} s" if isinstance(error, TimeoutError) else _reason(error)
        if number < count - 1:
            time.sleep(max(0.0, min(began + interval_s, end) - time.monotonic()))
    return Tries(address, count, tuple(answered), fault)


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def _address(host: str, deadline_s: float) -> tuple[socket.AddressFamily, str]:
    try:
        found = names.look_up(names.Lookup(host, None, type=socket.SOCK_STREAM)).result(deadline_s)
    except TimeoutError as error:
        raise HostFailed(f"{host}: no resolver said within {deadline_s:g} s which address it has") from error
    except OSError as error:
        raise HostFailed(f"{host}: {_reason(error)}") from error
    family, _, _, _, address = found[0]
    return family, str(address[0])


def _open(family: socket.AddressFamily) -> socket.socket:
    """Without root where the kernel lets this group ping; else with root."""
    protocol = socket.IPPROTO_ICMP if family == socket.AF_INET else socket.IPPROTO_ICMPV6
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        with contextlib.suppress(PermissionError):
            return socket.socket(family, kind, protocol)
    raise NotHere("the right to ping", REMEDY)


class _Echoes:
    def __init__(self, icmp: socket.socket, family: socket.AddressFamily, address: str) -> None:
        self._icmp, self._family, self._address, self._number = icmp, family, address, 0
        self._has_header = icmp.type == socket.SOCK_RAW and family == socket.AF_INET
        self._mark = os.urandom(16)

    def one(self, patience_s: float) -> float:
        """Raises OSError."""
        self._number += 1
        payload = self._mark + struct.pack(">I", self._number)
        began = time.monotonic()
        self._icmp.connect((self._address, 0))  # each time: a way there may come or go
        self._icmp.send(_packet(self._family, self._number, payload))
        while (left_s := began + patience_s - time.monotonic()) > 0:
            self._icmp.settimeout(left_s)
            if self._is_answer(self._icmp.recv(MAX_PACKET_BYTES), payload):
                return time.monotonic() - began
        raise TimeoutError

    def _is_answer(self, packet: bytes, payload: bytes) -> bool:
        """An answer to an earlier one, or to another process, is none."""
        start = (packet[0] & 0x0F) * 4 if self._has_header else 0
        answer = packet[start:]
        return len(answer) > 8 and answer[0] == REPLY[self._family] and answer[8:] == payload


def _packet(family: socket.AddressFamily, number: int, payload: bytes) -> bytes:
    """The kernel puts in the id of an unprivileged socket, and the checksum of IPv6."""
    identity = os.getpid() & 0xFFFF
    blank = struct.pack(">BBHHH", REQUEST[family], 0, 0, identity, number & 0xFFFF) + payload
    return blank[:2] + struct.pack(">H", _checksum(blank)) + blank[4:]


def _checksum(content: bytes) -> int:
    total: int = sum(struct.unpack(f">{len(content) // 2}H", content))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
