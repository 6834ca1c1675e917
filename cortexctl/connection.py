"""HTTP/1.1 over a Unix socket: one connection for one request and its answer, every wait with an end.

On `socket` itself, because `http.client` alone would double what `cortexctl status` takes to start.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from cortexctl.exits import Exit
from cortexctl.failure import Failure, Garbled, NoPermission, TooSlow, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PATH_BYTES = 107
MAX_LINE_BYTES = 65_536
MAX_HEADERS = 100
MAX_PIECE_BYTES = 64 * 1024 * 1024
RECEIVE_BYTES = 65_536
BUSY_PAUSE_S = 0.02
SERVICE_USER = "cortex"
"""The user of the system's daemon."""

START_IT = "systemctl status cortex-probed, or ./install.sh try in a checkout"
LOOK_AT_IT = "systemctl status cortex-probed; journalctl -u cortex-probed -e"


class Connection:
    def __init__(self, path: str, timeout_s: float) -> None:
        self._path = path
        self._closed = False
        self._received = bytearray()
        self.extend_deadline(timeout_s)
        self._socket = self._connect()

    def extend_deadline(self, timeout_s: float) -> None:
        """From now on every wait ends `timeout_s` seconds from now."""
        self._timeout_s = timeout_s
        self._deadline = time.monotonic() + timeout_s

    def close(self) -> None:
        """Also ends a read that is under way in another thread, as if the other side had closed."""
        self._closed = True
        with suppress(OSError):  # the other side was faster
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def send(self, method: str, target: str, headers: dict[str, str], body: bytes) -> None:
        lines = [f"{method} {target} HTTP/1.1", "Host: cortex", "User-Agent: cortexctl", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if method == "POST":
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        try:
            self._socket.settimeout(self._remaining_s())
            self._socket.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        except TimeoutError:
            raise self._too_slow() from None
        except (BrokenPipeError, ConnectionResetError):
            pass  # it may have answered before it read everything, as to a body that is too large

    def read_head(self) -> tuple[int, dict[str, str]]:
        """Status and headers of the answer, the names in lower case."""
        words = self._read_line().split(None, 2)
        if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():
            raise self.garbled("no HTTP")
        headers: dict[str, str] = {}
        for _ in range(MAX_HEADERS):
            line = self._read_line().decode("latin-1")
            if not line:
                return int(words[1]), headers
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        raise self.garbled("too many headers")

    def pieces(self, headers: dict[str, str]) -> Iterator[bytes]:
        """The body as it arrives."""
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return self._chunks()
        length = headers.get("content-length")
        return self._rest() if length is None else self._exactly(self._size(length, base=10))

    def garbled(self, reason: str) -> Garbled:
        return Garbled(f"the answer from {self._path} is not probed's: {reason}", "cortexctl --socket PATH version")

    def _connect(self) -> socket.socket:
        if len(os.fsencode(self._path)) > MAX_PATH_BYTES:
            raise Failure(f"a socket's path has at most {MAX_PATH_BYTES} bytes: {self._path}", exit_=Exit.USAGE)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._wait_for_place(connection)
            refuse_stranger(self._path, server_uid(connection))
        except OSError as error:
            connection.close()
            raise unreachable(self._path, error) from None
        except Failure:
            connection.close()
            raise
        return connection

    def _wait_for_place(self, connection: socket.socket) -> None:
        """Connect; a full backlog (EAGAIN on Unix sockets) means that the daemon is busy, not that it is away."""
        while True:
            connection.settimeout(self._remaining_s())
            try:
                connection.connect(self._path)
            except BlockingIOError:
                time.sleep(BUSY_PAUSE_S)
            else:
                return

    def _chunks(self) -> Iterator[bytes]:
        while size := self._size(self._read_line().partition(b";")[0].decode("latin-1"), base=16):
            yield from self._exactly(size)
            self._read_line()

    def _size(self, text: str, base: int) -> int:
        try:
            size = int(text, base)
        except ValueError:
            size = -1
        if not 0 <= size <= MAX_PIECE_BYTES:
            raise self.garbled(f"a piece of {text[:20]!r} bytes")
        return size

    def _exactly(self, size: int) -> Iterator[bytes]:
        while size:
            if not self._received and not self._receive():
                raise self._cut_off()
            piece = bytes(self._received[:size])
            del self._received[:size]
            size -= len(piece)
            yield piece

    def _rest(self) -> Iterator[bytes]:
        while self._received or self._receive():
            piece = bytes(self._received)
            self._received.clear()
            yield piece

    def _read_line(self) -> bytes:
        while (end := self._received.find(b"\n")) < 0:
            if len(self._received) > MAX_LINE_BYTES:
                raise self.garbled("a line without an end")
            if not self._receive():
                raise self._cut_off()
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        return line.removesuffix(b"\r")

    def _receive(self) -> bool:
        """Take in what has arrived; False at the end."""
        try:
            self._socket.settimeout(self._remaining_s())
            piece = self._socket.recv(RECEIVE_BYTES)
        except TimeoutError:
            raise self._too_slow() from None
        except OSError:
            if self._closed:
                return False
            raise self._cut_off() from None
        self._received += piece
        return bool(piece)

    def _remaining_s(self) -> float:
        remaining_s = self._deadline - time.monotonic()
        if remaining_s <= 0:
            raise TimeoutError
        return remaining_s

    def _too_slow(self) -> TooSlow:
        return TooSlow(f"no answer within {self._timeout_s:g} s on {self._path}", LOOK_AT_IT)

    def _cut_off(self) -> Unreachable:
        return Unreachable(f"the daemon on {self._path} ended in the middle of its answer", LOOK_AT_IT)


def server_uid(connection: socket.socket) -> int:
    """The user of the process that listens, as the kernel says it: pid, uid and gid of it, each an int."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int.from_bytes(credentials[4:8], sys.byteorder)


def refuse_stranger(path: str, uid: int) -> None:
    """Whoever may write the socket's folder could listen there, show what they like and take what is handed in."""
    if uid in (0, os.geteuid()):
        return
    import pwd

    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = f"uid {uid}"
    if name != SERVICE_USER:
        raise NoPermission(
            f"who listens on {path} is {name}: neither root, nor the user {SERVICE_USER}, nor you",
            f"ls -ld {os.path.dirname(path) or '.'}; for a daemon of that user's own: sudo -u {name} cortexctl …",
        )


def unreachable(path: str, error: OSError) -> Failure:
    if isinstance(error, PermissionError):
        return no_permission(path)
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return Unreachable(f"no daemon is running: there is no socket {path}", START_IT)
    if isinstance(error, ConnectionRefusedError):
        return Unreachable(f"no daemon is running: nobody listens on {path}", START_IT)
    if isinstance(error, TimeoutError):
        return Unreachable(f"the daemon on {path} takes no connection: it is overloaded or stopped", LOOK_AT_IT)
    return Unreachable(f"{path}: {error.strerror or error}", START_IT)


def no_permission(path: str) -> NoPermission:
    group = group_of(path)
    if group == "root":
        return NoPermission(f"only root may use {path}", "sudo cortexctl …")
    return NoPermission(
        f"only members of the group {group} may use {path}", f'sudo usermod -aG {group} "$USER", then log in again'
    )


def group_of(path: str) -> str:
    """The group that owns the socket; where even that may not be seen, the group of the socket's folder."""
    import grp

    for place in (path, os.path.dirname(path) or "."):
        try:
            return grp.getgrgid(os.stat(place).st_gid).gr_name
        except (OSError, KeyError):
            continue
    return "cortex"
