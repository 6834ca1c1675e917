from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from probed.agent.probes import certificate
from probed.agent.probes.probe import Probe
from probed.agent.probes.reach import Reach
from probed.config.agent import ProbeSettings
from probed.errors import HostFailed, ParameterError
from tests.agent.probes.asking import ask, rows_of
from tests.real.servers import serving, tls_server

AUTHORITY = trustme.CA()
ISSUED = AUTHORITY.issue_cert("www.example.org", not_after=datetime.now(UTC) + timedelta(days=10))


@pytest.fixture
def probe(tmp_path: Path) -> Probe[Any]:
    return certificate.probe(Reach(ProbeSettings(certificate_files=(f"{tmp_path}/*.pem",))))


def nothing(connection: socket.socket) -> None:
    connection.recv(1)


async def test_what_a_server_of_this_host_shows_is_told_with_whether_it_is_trusted(probe: Probe[Any]) -> None:
    with serving(nothing, tls_server(ISSUED)) as port:
        (row,) = rows_of(await ask(probe, host="localhost", port=port))

    assert row["names"] == "www.example.org"
    assert 9 < row["days_left"] <= 10
    assert "certificate" in row["trusted"]


async def test_a_name_of_a_pattern_that_leads_to_this_host_is_not_asked() -> None:
    probe = certificate.probe(Reach(ProbeSettings(http_allow=("2130*",))))

    with serving(nothing, tls_server(ISSUED)) as port, pytest.raises(HostFailed, match="its address may not be asked"):
        await ask(probe, host="2130706433", port=port)


async def test_a_name_that_leads_elsewhere_the_second_time_is_not_asked_again(
    probe: Probe[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the host trusts what it saw takes a connection of its own; a name may have addresses where nobody
    listens."""
    handshakes: list[str | None] = []
    server = tls_server(ISSUED)
    server.sni_callback = lambda connection, name, context: handshakes.append(name)
    monkeypatch.setattr(Reach, "may_be_asked", lambda *_: not handshakes)

    with serving(nothing, server) as port, pytest.raises(HostFailed, match="its address may not be asked"):
        await ask(probe, host="localhost", port=port)


async def test_a_file_shows_its_certificates_and_never_its_key(probe: Probe[Any], tmp_path: Path) -> None:
    (tmp_path / "web.pem").write_bytes(ISSUED.private_key_and_cert_chain_pem.bytes())
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "web1").write_bytes(ISSUED.cert_chain_pems[0].bytes())
    (tmp_path / "live.pem").symlink_to(tmp_path / "archive" / "web1")

    answer = await ask(probe, path=f"{tmp_path}/web.pem")

    assert rows_of(answer)[0]["names"] == "www.example.org"
    assert "PRIVATE" not in str(answer)
    assert rows_of(await ask(probe, path=f"{tmp_path}/live.pem"))[0]["names"] == "www.example.org"


async def test_of_a_key_alone_nothing_is_shown(probe: Probe[Any], tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes(ISSUED.private_key_pem.bytes())

    answer = await ask(probe, path=f"{tmp_path}/key.pem")

    assert (answer["rows"], answer["note"]) == ([], "the file holds no certificate")


@pytest.mark.parametrize(
    "arguments",
    [{"host": "evil.example"}, {"path": "/etc/shadow"}, {"host": "169.254.169.254"}, {"path": "/proc/self/environ"}],
)
async def test_whom_nobody_allows_is_not_asked(probe: Probe[Any], arguments: dict[str, Any]) -> None:
    with pytest.raises(HostFailed, match="may not be"):
        await ask(probe, **arguments)


@pytest.mark.parametrize("arguments", [{}, {"host": "localhost", "path": "/x.pem"}, {"host": "a b"}])
async def test_either_a_host_or_a_file_is_asked_for(probe: Probe[Any], arguments: dict[str, Any]) -> None:
    with pytest.raises(ParameterError):
        await ask(probe, **arguments)
