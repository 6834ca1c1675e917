from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from probed.core.finding import Severity
from probed.core.observation import Absent
from probed.errors import CheckFailed
from tests.checks.looking import judged, look, observations, observe
from tests.real.servers import free_port, serving, tls_server
from tests.real.users import as_nobody

AUTHORITY = trustme.CA()


def issue(days: float, starts_in_days: float = -1) -> trustme.LeafCert:
    now = datetime.now(UTC)
    start, end = now + timedelta(days=starts_in_days), now + timedelta(days=days)
    return AUTHORITY.issue_cert("www.example.org", not_before=min(start, end - timedelta(days=1)), not_after=end)


def pem(folder: Path, name: str, days: float, starts_in_days: float = -1) -> Path:
    path = folder / name
    path.write_bytes(issue(days, starts_in_days).cert_chain_pems[0].bytes())
    return path


@pytest.mark.parametrize(
    ("days", "severity"), [(90, None), (20, Severity.WARNING), (6, Severity.CRITICAL), (-1, Severity.CRITICAL)]
)
def test_a_served_certificate_is_judged_by_the_days_it_has_left(days: float, severity: Severity | None) -> None:
    with serving(lambda connection: None, tls_server(issue(days))) as port:
        observation = observe("tls_certificate", {"host": "127.0.0.1", "port": port, "server_name": "www.example.org"})

    assert observation.object == f"127.0.0.1:{port}"
    assert observation.value == pytest.approx(days, abs=0.1)
    assert judged(observation) is severity
    assert observation.evidence["names"] == ["www.example.org"]


def test_a_server_that_shows_no_certificate_is_no_answer() -> None:
    with pytest.raises(CheckFailed):
        look("tls_certificate", {"host": "127.0.0.1", "port": free_port()})


def test_every_file_that_fits_a_pattern_is_an_object(tmp_path: Path) -> None:
    fine, old = pem(tmp_path, "a.pem", 80), pem(tmp_path, "b.pem", 3)
    (tmp_path / "key.pem").write_bytes(AUTHORITY.private_key_pem.bytes())

    found = observations("tls_certificate", {"paths": f"{tmp_path}/*.pem"})

    assert {name: judged(each) for name, each in found.items()} == {str(fine): None, str(old): Severity.CRITICAL}


def test_a_file_counts_by_the_certificate_that_ends_first(tmp_path: Path) -> None:
    chain = tmp_path / "fullchain.pem"
    chain.write_bytes(pem(tmp_path, "a.pem", 80).read_bytes() + pem(tmp_path, "b.pem", 10).read_bytes())

    assert judged(observe("tls_certificate", {"path": str(chain)})) is Severity.WARNING


def test_a_plain_number_counts_days(tmp_path: Path) -> None:
    path = pem(tmp_path, "a.pem", 40)

    assert judged(observe("tls_certificate", {"path": str(path), "warning": 50, "critical": "off"})) is Severity.WARNING


def test_a_certificate_that_is_not_valid_yet_is_critical(tmp_path: Path) -> None:
    path = pem(tmp_path, "a.pem", 40, starts_in_days=2)

    assert judged(observe("tls_certificate", {"path": str(path)})) is Severity.CRITICAL


@pytest.mark.parametrize("content", [None, "", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_named_file_without_a_readable_certificate_is_a_warning(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "a.pem"
    if content is not None:
        path.write_text(content)

    assert judged(observe("tls_certificate", {"path": str(path)})) is Severity.WARNING


def test_a_pattern_that_fits_nothing_is_said_once(tmp_path: Path) -> None:
    (note,) = look("tls_certificate", {"paths": [f"{tmp_path}/live/*/fullchain.pem"]})

    assert isinstance(note, Absent)
    assert not note.remedy


def test_a_folder_that_may_not_be_listed_is_said_with_the_remedy() -> None:
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        closed = Path(name, "live")
        closed.mkdir(mode=0o700)
        with as_nobody():
            below = look("tls_certificate", {"paths": [f"{closed}/*/fullchain.pem", f"{closed}/*/cert.pem"]})
            deeper = look("tls_certificate", {"paths": f"{closed}/site/*.pem"})

    for (note,) in (below, deeper):
        assert isinstance(note, Absent)
        assert str(closed) in note.what
        assert note.remedy


def test_a_file_that_may_not_be_read_is_said_with_the_remedy(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        pem(Path(name), "a.pem", 1).chmod(0o600)
        with as_nobody():
            (note,) = look("tls_certificate", {"paths": f"{name}/*.pem"})

    assert isinstance(note, Absent)
    assert note.remedy
