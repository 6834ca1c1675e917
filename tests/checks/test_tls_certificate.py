from __future__ import annotations

import os
import subprocess
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from probed.core.finding import Severity
from probed.core.observation import Absent
from probed.errors import CheckFailed, ParameterError
from tests.checks.looking import judged, look, observations, observe
from tests.real.servers import free_port, serving, tls_server
from tests.real.users import as_nobody

AUTHORITY = trustme.CA()


def issue(days: float, starts_in_days: float = -90) -> trustme.LeafCert:
    now = datetime.now(UTC)
    start, end = now + timedelta(days=starts_in_days), now + timedelta(days=days)
    return AUTHORITY.issue_cert("www.example.org", not_before=min(start, end - timedelta(days=1)), not_after=end)


def pem(folder: Path, name: str, days: float, starts_in_days: float = -90) -> Path:
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


@pytest.mark.parametrize("lasts_days", [1, 6, 47, 90, 398])
def test_without_bounds_in_the_document_a_certificate_warns_late_in_its_life_and_never_before_it_is_renewed(
    tmp_path: Path, lasts_days: float
) -> None:
    """Renewed is when a third is left, of long ones 30 days before the end."""
    path = tmp_path / "a.pem"

    def left(days: float) -> Severity | None:
        now = datetime.now(UTC)
        start = now + timedelta(days=days - lasts_days)
        issued = AUTHORITY.issue_cert("a.example", not_before=start, not_after=start + timedelta(days=lasts_days))
        path.write_bytes(issued.cert_chain_pems[0].bytes())
        return judged(observe("tls_certificate", {"path": str(path)}))

    first = min(21, lasts_days / 4)
    assert left(min(30, lasts_days / 3) - lasts_days / 50) is None
    assert left(first + lasts_days / 100) is None
    assert left(first - lasts_days / 100) is Severity.WARNING
    assert left(min(7, lasts_days / 12) - lasts_days / 100) is Severity.CRITICAL


def test_bounds_in_the_document_hold_for_short_lives_too(tmp_path: Path) -> None:
    path = tmp_path / "a.pem"
    path.write_bytes(issue(days=20, starts_in_days=-1).cert_chain_pems[0].bytes())
    overrides = [{"objects": str(path), "warning": "21d"}]

    assert judged(observe("tls_certificate", {"path": str(path)})) is None
    assert judged(observe("tls_certificate", {"path": str(path), "warning": "21d"})) is Severity.WARNING
    assert judged(observe("tls_certificate", {"path": str(path), "overrides": overrides})) is Severity.WARNING
    assert judged(observe("tls_certificate", {"path": str(path), "warning": "off", "critical": "off"})) is None


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


def renewed(folder: Path) -> tuple[trustme.LeafCert, Path]:
    """The old certificate, which a server may still have in memory, and the file with the new one."""
    return issue(30, starts_in_days=-60), pem(folder, "fullchain.pem", 90, starts_in_days=-1)


def test_a_server_that_still_shows_the_certificate_before_the_renewed_one_is_a_warning(tmp_path: Path) -> None:
    old, path = renewed(tmp_path)
    with serving(lambda connection: None, tls_server(old)) as port:
        params = {"host": "127.0.0.1", "port": port, "path": str(path)}
        found = observations("tls_certificate", {**params, "for": "1m"})
        urgent = observations("tls_certificate", {**params, "warning": "50d", "critical": "40d"})

    stale = f"127.0.0.1:{port} serves {path}"
    assert {name: judged(each) for name, each in found.items()} == {
        f"127.0.0.1:{port}": None,
        str(path): None,
        stale: Severity.WARNING,
    }
    assert "still shows the certificate before" in found[stale].summary
    assert found[stale].threshold
    assert judged(urgent[stale]) is Severity.CRITICAL


def test_a_server_that_shows_what_lies_on_disk_is_healthy(tmp_path: Path) -> None:
    mine, path = issue(90), tmp_path / "chain.pem"
    path.write_bytes(mine.cert_chain_pems[0].bytes() + AUTHORITY.cert_pem.bytes())
    with serving(lambda connection: None, tls_server(mine)) as port:
        named = observations("tls_certificate", {"host": "127.0.0.1", "port": port, "path": str(path)})
        here = observations("tls_certificate", {"path": str(path), "compare": [port]})

    assert {judged(each) for each in (*named.values(), *here.values())} == {None}
    assert f"127.0.0.1:{port} serves {path}" in named.keys() & here.keys()


def test_servers_of_this_host_are_asked_for_what_lies_on_disk(tmp_path: Path) -> None:
    old, path = renewed(tmp_path)
    with serving(lambda connection: None, tls_server(old)) as port:
        found = observations("tls_certificate", {"paths": f"{tmp_path}/*.pem", "compare": [port, free_port()]})

    assert judged(found[f"127.0.0.1:{port} serves {path}"]) is Severity.WARNING


def test_what_a_server_of_this_host_shows_for_other_names_does_not_matter(tmp_path: Path) -> None:
    path = pem(tmp_path, "fullchain.pem", 90)
    other = AUTHORITY.issue_cert("other.example.org")
    with serving(lambda connection: None, tls_server(other)) as port, serving(lambda connection: None) as plain:
        found = observations("tls_certificate", {"path": str(path), "compare": [port, plain], "timeout": "1s"})

    assert set(found) == {str(path)}


def test_another_certificate_than_the_named_one_is_a_warning(tmp_path: Path) -> None:
    path = pem(tmp_path, "fullchain.pem", 90)
    with serving(lambda connection: None, tls_server(AUTHORITY.issue_cert("other.example.org"))) as port:
        found = observations("tls_certificate", {"host": "127.0.0.1", "port": port, "path": str(path)})

    assert "shows another certificate than" in found[f"127.0.0.1:{port} serves {path}"].summary


@pytest.mark.parametrize(
    ("name", "trusts", "said"),
    [
        ("www.example.org", True, ""),
        ("shop.example.org", True, "Hostname mismatch"),
        ("www.example.org", False, "unable to get local issuer certificate"),
    ],
)
def test_what_a_server_shows_has_to_be_accepted_where_that_is_asked(
    name: str, trusts: bool, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "trusted.pem"
    (AUTHORITY if trusts else trustme.CA()).cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    with serving(lambda connection: None, tls_server(issue(90))) as port:
        found = observations(
            "tls_certificate", {"host": "127.0.0.1", "port": port, "server_name": name, "verify": True}
        )

    trust = found[f"127.0.0.1:{port} trust"]
    assert judged(trust) is (Severity.CRITICAL if said else None)
    assert said in trust.summary


def test_one_that_has_ended_is_told_by_its_days_alone() -> None:
    with serving(lambda connection: None, tls_server(issue(-1))) as port:
        where = {"host": "127.0.0.1", "port": port, "server_name": "www.example.org", "verify": True}
        found = observations("tls_certificate", where)

    assert judged(found[f"127.0.0.1:{port}"]) is Severity.CRITICAL


def test_without_a_server_nothing_can_be_accepted(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="no host"):
        observations("tls_certificate", {"path": str(tmp_path / "a.pem"), "verify": True})


def test_one_that_has_signed_itself_is_renewed_by_nobody_however_short_it_lasts(tmp_path: Path) -> None:
    (short := tmp_path / "short.pem").write_bytes(issue(5, starts_in_days=0).cert_chain_pems[0].bytes())
    (own := tmp_path / "own.pem").write_bytes(self_signed(days=5))
    found = observations("tls_certificate", {"paths": [str(short), str(own)]})

    assert judged(found[str(short)]) is None
    assert judged(found[str(own)]) is Severity.CRITICAL


def self_signed(days: int) -> bytes:
    command = ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", "/dev/null", "-subj", "/CN=a"]
    return subprocess.run([*command, "-days", str(days)], capture_output=True, check=True).stdout
