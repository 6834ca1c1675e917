"""Servers as their clients see them: a TCP connection, an HTTP answer."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import urljoin, urlsplit, urlunsplit

from probed.errors import HostFailed
from probed.host import names

MAX_BODY_BYTES = 1_048_576
REDIRECTIONS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: bytes
    """At most MAX_BODY_BYTES."""
    location: str
    """Where a redirection leads that was not followed."""
    seconds: float
    redirects: tuple[str, ...] = ()
    """The addresses that were followed to."""


def public_address(url: str) -> str:
    """The URL without what may be secret in it: user, password, query and fragment. Raises ValueError."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def connect_seconds(host: str, port: int, *, deadline_s: float = 5.0) -> float:
    """How long it took to connect. Raises HostFailed."""
    began = time.monotonic()
    try:
        names.connect(host, port, deadline_s).close()
    except OSError as error:
        raise HostFailed(f"{host}:{port}: {_reason(error, deadline_s)}") from error
    return time.monotonic() - began


def fetch(
    url: str,
    *,
    deadline_s: float = 5.0,
    verify: bool = True,
    redirects: int = 0,
    is_allowed: Callable[[str], bool] = lambda address: True,
) -> Response:
    """The answer to a GET. The deadline holds for all redirections together, and also for a server that sends a byte
    now and then. `is_allowed`: whether anything may be sent to this address, one of those that a name leads to. Raises
    HostFailed."""
    began, hops = time.monotonic(), [url]
    answer = _fetch(url, deadline_s, verify=verify, is_allowed=is_allowed)
    while len(hops) <= redirects and (target := _target(hops[-1], answer)):
        hops.append(target)
        left_s = round(began + deadline_s - time.monotonic(), 2)
        answer = _fetch(target, max(0.01, left_s), verify=verify, is_allowed=is_allowed)
    return replace(answer, seconds=time.monotonic() - began, redirects=tuple(hops[1:]))


def _target(url: str, answer: Response) -> str:
    """Where a browser would go; empty where nowhere."""
    if answer.status not in REDIRECTIONS or not answer.location:
        return ""
    try:
        target = urljoin(url, answer.location)
        is_address = urlsplit(target).scheme in ("http", "https") and bool(urlsplit(target).hostname)
    except ValueError:
        return ""
    return target if is_address and target.isascii() and target.isprintable() and " " not in target else ""


def _fetch(url: str, deadline_s: float, *, verify: bool, is_allowed: Callable[[str], bool]) -> Response:
    began = time.monotonic()
    connection = _connection(url, deadline_s, verify=verify, is_allowed=is_allowed)
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    late = threading.Event()
    try:
        with contextlib.closing(connection), _cut_off(connection, deadline_s, late):
            connection.connect()
            connection.request("GET", target, headers={"User-Agent": "cortex", "Accept": "*/*", "Connection": "close"})
            answer = connection.getresponse()
            body = answer.read(MAX_BODY_BYTES)
            missing = answer.length or 0
    except (OSError, http.client.HTTPException) as error:
        reason = f"no answer within {deadline_s:g} s" if late.is_set() else _reason(error, deadline_s)
        raise HostFailed(f"{public_address(url)}: {reason}") from error
    if late.is_set():  # what was cut off may look like an answer that has ended
        raise HostFailed(f"{public_address(url)}: no answer within {deadline_s:g} s")
    if missing and len(body) < MAX_BODY_BYTES:
        raise HostFailed(
            f"{public_address(url)}: the answer broke off, {len(body)} of {len(body) + missing} bytes came"
        )
    return Response(answer.status, body, answer.headers.get("Location", ""), time.monotonic() - began)


def _connection(
    url: str, deadline_s: float, *, verify: bool, is_allowed: Callable[[str], bool]
) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "http":
        return _Plain(host, parts.port, timeout=deadline_s, is_allowed=is_allowed)
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return _Secure(host, parts.port, timeout=deadline_s, context=context, is_allowed=is_allowed)


class _Plain(http.client.HTTPConnection):
    def __init__(self, host: str, port: int | None, *, timeout: float, is_allowed: Callable[[str], bool]) -> None:
        super().__init__(host, port, timeout=timeout)
        self._is_allowed = is_allowed

    def connect(self) -> None:
        self.sock = names.connect(self.host, self.port, self.timeout or 0.0, self._is_allowed)


class _Secure(http.client.HTTPSConnection):
    def __init__(
        self,
        host: str,
        port: int | None,
        *,
        timeout: float,
        context: ssl.SSLContext,
        is_allowed: Callable[[str], bool],
    ) -> None:
        super().__init__(host, port, timeout=timeout, context=context)
        self._trust, self._is_allowed = context, is_allowed

    def connect(self) -> None:
        plain = names.connect(self.host, self.port, self.timeout or 0.0, self._is_allowed)
        self.sock = self._trust.wrap_socket(plain, server_hostname=self.host)


@contextlib.contextmanager
def _cut_off(connection: http.client.HTTPConnection, deadline_s: float, late: threading.Event) -> Iterator[None]:
    """A socket's own time-out starts anew with each byte; so the connection is shut when the whole takes too long.
    `late` tells that it was."""

    def shut() -> None:
        late.set()
        if connection.sock:
            with contextlib.suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(deadline_s, shut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _reason(error: Exception, deadline_s: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {deadline_s:g} s"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {error.verify_message}"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
