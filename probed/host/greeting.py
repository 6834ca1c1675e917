"""What servers say first, or answer to the shortest question of their protocol: enough to tell whether one works."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass

from probed.errors import HostFailed
from probed.host import names

MOST_BYTES = 4096
"""Of an answer that is read."""


@dataclass(frozen=True, slots=True)
class Talk:
    expects: bytes
    """A regular expression for the beginning of the answer."""
    says: bytes = b""
    """Empty where the server speaks first."""
    bye: bytes = b""
    """So that it does not count as a connection that broke off."""


@dataclass(frozen=True, slots=True)
class Answer:
    said: bytes
    fits: bool
    seconds: float
    """From the connection's beginning on."""


_SIP = (
    b"OPTIONS sip:cortex@localhost SIP/2.0\r\nVia: SIP/2.0/TCP localhost;branch=z9hG4bKcortex\r\nMax-Forwards: 0\r\n"
    b"From: <sip:cortex@localhost>;tag=cortex\r\nTo: <sip:cortex@localhost>\r\nCall-ID: cortex@localhost\r\n"
    b"CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)
_MQTT = b"\x10\x12\x00\x04MQTT\x04\x02\x00\x3c\x00\x06cortex"
TALKS = {
    "clamav": Talk(rb"PONG", b"PING\n"),
    "ftp": Talk(rb"220[ -]", bye=b"QUIT\r\n"),
    "imap": Talk(rb"\* (?:OK|PREAUTH)", bye=b"a LOGOUT\r\n"),
    "ldap": Talk(
        rb"\x30.{1,5}\x02\x01\x01\x61",
        b"\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00",
        b"0\x05\x02\x01\x02B\x00",
    ),
    "lmtp": Talk(rb"220[ -]", bye=b"QUIT\r\n"),
    "memcached": Talk(rb"VERSION ", b"version\r\n", b"quit\r\n"),
    "mqtt": Talk(rb"\x20\x02.[\x00-\x05]", _MQTT, b"\xe0\x00"),
    "mysql": Talk(rb"...\x00\x0a"),
    "nntp": Talk(rb"20[01][ -]", bye=b"QUIT\r\n"),
    "pop3": Talk(rb"\+OK", bye=b"QUIT\r\n"),
    "postgresql": Talk(rb"[SN]", b"\x00\x00\x00\x08\x04\xd2\x16\x2f"),
    "redis": Talk(rb"\+PONG|-NOAUTH|-NOPERM", b"PING\r\n", b"QUIT\r\n"),
    "rsync": Talk(rb"@RSYNCD: "),
    "sieve": Talk(rb'"IMPLEMENTATION"', bye=b"LOGOUT\r\n"),
    "sip": Talk(rb"SIP/2\.0 \d{3}", _SIP),
    "smtp": Talk(rb"220[ -]", bye=b"QUIT\r\n"),
    "spamd": Talk(rb"SPAMD/[\d.]+ 0 PONG", b"PING SPAMC/1.2\r\n\r\n"),
    "ssh": Talk(rb"(?:[^\n]*\n)*?SSH-(?:2\.0|1\.99)-"),
}
"""By protocol; the queries that need no right of the server's."""


def greet(host: str, port: int, talk: Talk, *, tls: bool, deadline_s: float) -> Answer:
    """Raises HostFailed where nobody takes the connection, or TLS does not come about."""
    expected = re.compile(talk.expects, re.DOTALL)
    return exchange(host, port, talk, lambda said: expected.match(said) is not None, tls=tls, deadline_s=deadline_s)


def exchange(
    host: str, port: int, talk: Talk, fits: Callable[[bytes], bool], *, tls: bool, deadline_s: float
) -> Answer:
    """The deadline holds for the whole, also for a server that says a byte now and then. With TLS the certificate is
    not judged. Raises HostFailed."""
    began = time.monotonic()
    try:
        with _connection(host, port, deadline_s, tls=tls) as connection:
            connection.settimeout(_left(began, deadline_s))
            connection.sendall(talk.says)
            said = _said(connection, fits, began, deadline_s)
            seconds, is_right = time.monotonic() - began, fits(said)
            with contextlib.suppress(OSError):
                connection.sendall(talk.bye)
    except OSError as error:
        reason = f"no answer within {deadline_s:g} s" if isinstance(error, TimeoutError) else error.strerror or error
        raise HostFailed(f"{host}:{port}: {reason}") from error
    return Answer(said, is_right, seconds)


def _connection(host: str, port: int, deadline_s: float, *, tls: bool) -> socket.socket:
    plain = names.connect(host, port, deadline_s)
    if not tls:
        return plain
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        return context.wrap_socket(plain, server_hostname=host)
    except OSError:
        plain.close()
        raise


def _said(connection: socket.socket, fits: Callable[[bytes], bool], began: float, deadline_s: float) -> bytes:
    """Until it fits, or nothing more comes in time."""
    said = b""
    while len(said) < MOST_BYTES and not fits(said):
        connection.settimeout(_left(began, deadline_s))
        try:
            more = connection.recv(MOST_BYTES - len(said))
        except TimeoutError:
            break
        if not more:
            break
        said += more
    return said


def _left(began: float, deadline_s: float) -> float:
    return max(0.001, began + deadline_s - time.monotonic())
