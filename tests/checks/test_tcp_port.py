from __future__ import annotations

import socket
from pathlib import Path

import pytest
import trustme

from probed.core.finding import Severity
from probed.core.inspection import CheckCall
from probed.errors import ParameterError
from probed.host import greeting
from tests.checks.looking import REGISTRY, judged, observe
from tests.real.databases import postgres, redis
from tests.real.mail_server import mail_server
from tests.real.network_servers import memcached, mosquitto, slapd, sshd
from tests.real.servers import free_port, serving, tls_server

CRITICAL = Severity.CRITICAL
RECORDED = {
    "clamav": b"PONG\n",
    "ftp": b"220 (vsFTPd 3.0.3)\r\n",
    "imap": b"* OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ STARTTLS] Dovecot ready.\r\n",
    "lmtp": b"220 mail.example.org Dovecot ready.\r\n",
    "mysql": b"\x5b\x00\x00\x00\x0a5.5.5-10.11.6-MariaDB-0+deb12u1\x00\x1f\x00\x00\x00",
    "nntp": b"200 news.example.org InterNetNews NNRP server INN 2.7.1 ready (posting ok)\r\n",
    "pop3": b"+OK Dovecot ready.\r\n",
    "rsync": b"@RSYNCD: 31.0 sha512 sha256 sha1 md5 md4\n",
    "sieve": b'"IMPLEMENTATION" "Dovecot Pigeonhole"\r\n"SIEVE" "fileinto reject envelope"\r\nOK "Dovecot ready."\r\n',
    "sip": b"SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP localhost;branch=z9hG4bKcortex\r\n",
    "spamd": b"SPAMD/1.5 0 PONG\r\n",
}
"""Of Debian 12's packages."""


def test_a_port_that_accepts_connections_is_healthy() -> None:
    with serving(lambda connection: None) as port:
        observation = observe("tcp_port", {"port": port})

    assert observation.object == f"127.0.0.1:{port}"
    assert judged(observation) is None
    assert observation.value is not None


def test_a_port_on_which_nobody_listens_is_critical() -> None:
    port = free_port()

    observation = observe("tcp_port", {"port": port, "host": "localhost", "for": "30s"})

    assert observation.object == f"localhost:{port}"
    assert judged(observation) is Severity.CRITICAL
    assert observation.boot_grace
    assert observation.threshold
    assert observation.threshold.for_s == 30


def test_a_slow_connection_is_judged_by_its_bounds() -> None:
    with serving(lambda connection: None) as port:
        observation = observe("tcp_port", {"port": port, "warning": 0.0000001})

    assert judged(observation) is Severity.WARNING


def test_a_real_server_answers_in_its_protocol_and_in_no_other(tmp_path: Path) -> None:
    with redis() as port:
        assert judged(observe("tcp_port", {"port": port, "protocol": "redis"})) is None
        wrong = observe("tcp_port", {"port": port, "protocol": "ssh", "timeout": "300ms"})
    with mail_server() as server:
        assert judged(observe("tcp_port", {"port": server.port, "protocol": "smtp"})) is None
        assert judged(observe("tcp_port", {"port": server.port, "protocol": "imap", "timeout": "300ms"})) is CRITICAL
    with memcached() as port:
        assert judged(observe("tcp_port", {"port": port, "protocol": "memcached"})) is None
    with mosquitto(tmp_path) as port:
        assert judged(observe("tcp_port", {"port": port, "protocol": "mqtt"})) is None
    with sshd(tmp_path) as port:
        assert judged(observe("tcp_port", {"port": port, "protocol": "ssh"})) is None
    with slapd(tmp_path) as port:
        assert judged(observe("tcp_port", {"port": port, "protocol": "ldap"})) is None

    assert judged(wrong) is CRITICAL
    assert "does not answer as ssh does" in wrong.summary


def test_a_real_postgresql_answers(tmp_path: Path) -> None:
    with postgres() as server:
        assert judged(observe("tcp_port", {"port": server.port, "protocol": "postgresql"})) is None


@pytest.mark.parametrize(("protocol", "said"), sorted(RECORDED.items()))
def test_what_servers_say_that_are_too_heavy_for_a_test_was_recorded(protocol: str, said: bytes) -> None:
    def answer(connection: socket.socket) -> None:
        if greeting.TALKS[protocol].says:
            connection.recv(1000)
        connection.sendall(said)
        connection.recv(1000)

    with serving(answer) as port:
        assert judged(observe("tcp_port", {"port": port, "protocol": protocol})) is None


@pytest.mark.parametrize(
    ("protocol", "said", "told"),
    [
        ("mysql", b"\x45\x00\x00\x00\xff\x10\x04Too many connections", "Too many connections"),
        ("smtp", b"554 5.3.2 no SMTP service here\r\n", "554 5.3.2 no SMTP service here"),
        ("ftp", b"421 There are too many connected users\r\n", "421 There are too many"),
    ],
)
def test_a_server_that_has_no_room_is_told_with_what_it_says(protocol: str, said: bytes, told: str) -> None:
    with serving(lambda connection: connection.sendall(said)) as port:
        observation = observe("tcp_port", {"port": port, "protocol": protocol})

    assert judged(observation) is CRITICAL
    assert told in observation.summary


def test_a_server_that_hangs_accepts_connections_and_is_critical_all_the_same() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert judged(observe("tcp_port", {"port": port})) is None
        hung = observe("tcp_port", {"port": port, "protocol": "smtp", "timeout": "200ms"})

    assert judged(hung) is CRITICAL
    assert "it says nothing" in hung.summary


def test_a_question_of_ones_own_and_its_answer() -> None:
    def answer(connection: socket.socket) -> None:
        asked = connection.recv(100)
        connection.sendall(b"workers: 3\n" if asked == b"status\r\n" else b"what?\n")

    with serving(answer) as port:
        good = observe("tcp_port", {"port": port, "send": "status\r\n", "expect": r"workers: [1-9]"})
        bad = observe("tcp_port", {"port": port, "send": "stat\r\n", "expect": r"workers: [1-9]"})

    assert judged(good) is None
    assert judged(bad) is CRITICAL
    assert "it says what?" in bad.summary


def test_a_protocol_inside_tls(tmp_path: Path) -> None:
    certificate = trustme.CA().issue_cert("localhost")
    with serving(lambda connection: connection.sendall(b"* OK ready\r\n"), tls_server(certificate)) as port:
        inside = observe("tcp_port", {"port": port, "protocol": "imap", "tls": True})
        outside = observe("tcp_port", {"port": port, "protocol": "imap", "timeout": "300ms"})

    assert judged(inside) is None
    assert judged(outside) is CRITICAL


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"protocol": "smpt"}, "protocol"),
        ({"protocol": "smtp", "expect": "220"}, "protocol"),
        ({"send": "status"}, "expect"),
        ({"expect": "("}, "expect"),
        ({"tls": True}, "tls"),
    ],
)
def test_what_cannot_be_asked_is_refused(params: dict[str, object], field: str) -> None:
    with pytest.raises(ParameterError) as refused:
        REGISTRY.bind(CheckCall("tcp_port", {"port": 25, **params}))

    assert refused.value.field == field
