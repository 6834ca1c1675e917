from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from probed.actions.registry import build_actions
from probed.actions.renew_certificate import RenewCertificate
from probed.config.actions import ActionsSettings, RenewalSettings
from probed.core.finding import ActionCall
from probed.errors import ActionFailed
from tests.actions.test_run_script import make_script
from tests.factories import make_finding
from tests.real.servers import serving, tls_server

CALL = {"name": "web"}


def issue(path: Path, days: float) -> Path:
    leaf = trustme.CA().issue_cert("web.example", not_after=datetime.now(UTC) + timedelta(days=days))
    leaf.cert_chain_pems[0].write_to_path(path)
    return path


def make_action(program: Path, **place: object) -> RenewCertificate:
    renewal = RenewalSettings(argv=(str(program),), **place)  # type: ignore[arg-type]
    action = build_actions(ActionsSettings(renewals={"web": renewal})).get("renew_certificate")
    assert isinstance(action, RenewCertificate)
    return action


def test_a_certificate_ends_later_than_before(tmp_path: Path) -> None:
    served, new = issue(tmp_path / "web.pem", 3), issue(tmp_path / "new.pem", 90)
    action = make_action(make_script(tmp_path / "renew", f"cp {new} {served}"), path=str(served))

    ready, text = action.precondition(CALL), action.dry_run(CALL)
    done = action.execute(CALL)
    seen = action.verify(CALL, done)

    assert ready.holds, ready.reason
    assert text.splitlines()[0] == f"would run {tmp_path}/renew, for 300 s at most"
    assert f"the certificate of {served} ends now: {datetime.now(UTC) + timedelta(days=3):%Y-%m-%d}" in text
    assert seen.holds, seen.detail


def test_a_program_that_renews_nothing_is_not_verified(tmp_path: Path) -> None:
    served = issue(tmp_path / "web.pem", 3)
    action = make_action(make_script(tmp_path / "renew", "echo not yet due"), path=str(served))

    seen = action.verify(CALL, action.execute(CALL))

    assert not seen.holds
    assert seen.detail.startswith(f"the certificate of {served} ends at ")


def test_a_server_that_goes_on_showing_the_old_one_is_not_verified(tmp_path: Path) -> None:
    leaf = trustme.CA().issue_cert("127.0.0.1", not_after=datetime.now(UTC) + timedelta(days=3))
    with serving(lambda connection: None, tls_server(leaf)) as port:
        action = make_action(make_script(tmp_path / "renew", "exit 0"), host="127.0.0.1", port=port)

        seen = action.verify(CALL, action.execute(CALL))

        assert not seen.holds
        assert f"127.0.0.1:{port}" in seen.detail


def test_an_interrupted_renewal_counts_by_the_time_that_is_left(tmp_path: Path) -> None:
    served = issue(tmp_path / "web.pem", 3)
    action = make_action(make_script(tmp_path / "renew", "exit 0"), path=str(served))

    short = action.verify(CALL, None)
    issue(served, 90)

    assert not short.holds
    assert action.verify(CALL, None).holds


def test_a_certificate_that_cannot_be_read_is_no_case_and_no_yes(tmp_path: Path) -> None:
    action = make_action(make_script(tmp_path / "renew", "exit 0"), path=str(tmp_path / "missing.pem"))

    assert not action.precondition(CALL).holds
    assert not action.verify(CALL, action.execute(CALL)).holds


def test_it_is_irreversible(tmp_path: Path) -> None:
    action = make_action(tmp_path / "renew", path="/a")

    assert not action.reversible
    with pytest.raises(ActionFailed, match="irreversible"):
        action.roll_back(CALL, {})


def test_a_finding_about_the_certificate_is_helped(tmp_path: Path) -> None:
    by_path = make_action(tmp_path / "renew", path="/etc/ssl/web.pem")
    by_host = make_action(tmp_path / "renew", host="web.example", port=443)
    of_file = make_finding(check="tls_certificate", object="/etc/ssl/web.pem")
    of_host = make_finding(check="tls_certificate", object="web.example:443")

    assert by_path.call_for(of_file, {}) == by_host.call_for(of_host, {}) == ActionCall("renew_certificate", CALL)
    assert by_path.call_for(of_host, {}) is None
    assert by_path.call_for(of_host, CALL) == ActionCall("renew_certificate", CALL)
    assert by_path.call_for(make_finding(check="disk", object="/"), CALL) is None
