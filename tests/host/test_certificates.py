from __future__ import annotations

import socket
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from probed.errors import HostFailed, NotHere
from probed.host import certificates
from tests.real.servers import free_port, serving, tls_server
from tests.real.users import as_nobody

AUTHORITY = trustme.CA()


def issue(name: str, days: float = 90) -> trustme.LeafCert:
    return AUTHORITY.issue_cert(name, not_after=datetime.now(UTC) + timedelta(days=days))


def nothing(connection: socket.socket) -> None:
    connection.recv(1)


def test_a_served_certificate_is_read_whoever_signed_it() -> None:
    with serving(nothing, tls_server(issue("www.example.org", days=10))) as port:
        shown = certificates.served("127.0.0.1", port, server_name="www.example.org")

    assert "www.example.org" in shown.names
    assert timedelta(days=9) < shown.not_after - datetime.now(UTC) <= timedelta(days=10)
    assert shown.issuer
    assert shown.serial


def test_an_expired_certificate_is_read_too() -> None:
    with serving(nothing, tls_server(issue("old.example.org", days=-3))) as port:
        shown = certificates.served("127.0.0.1", port)

    assert shown.not_after < datetime.now(UTC)


@pytest.mark.alone
def test_a_server_that_never_shakes_hands_is_no_answer_in_time() -> None:
    began = time.monotonic()
    with serving(nothing) as port, pytest.raises(HostFailed, match="no certificate"):
        certificates.served("127.0.0.1", port, deadline_s=0.5)

    assert time.monotonic() - began < 30


def test_a_port_without_a_server_is_no_answer() -> None:
    with pytest.raises(HostFailed, match="no certificate"):
        certificates.served("127.0.0.1", free_port())


def test_every_certificate_of_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "fullchain.pem"
    path.write_bytes(issue("a.example.org").cert_chain_pems[0].bytes() + AUTHORITY.cert_pem.bytes())

    found = certificates.in_file(str(path))

    assert len(found) == 2
    assert found[0].names == ("a.example.org",)


def test_a_file_without_a_certificate_holds_none(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(issue("a.example.org").private_key_pem.bytes())

    assert certificates.in_file(str(path)) == ()


def test_a_damaged_certificate_is_no_answer(tmp_path: Path) -> None:
    path = tmp_path / "broken.pem"
    path.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")

    with pytest.raises(HostFailed, match="not a valid certificate"):
        certificates.in_file(str(path))


def test_a_file_that_may_not_be_read_is_said_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "secret.pem"
    path.touch(mode=0o600)

    with as_nobody(), pytest.raises(NotHere) as hidden:
        certificates.in_file(str(path))

    assert hidden.value.remedy
