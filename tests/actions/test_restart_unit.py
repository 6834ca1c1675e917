from __future__ import annotations

import fnmatch
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probed.actions.performer import OwnHands
from probed.actions.restart_unit import RestartUnit
from probed.config.actions import ActionsSettings, UnitsSettings
from probed.core.finding import ActionCall
from probed.errors import ActionFailed, ParameterError
from probed.helper import units
from probed.host import systemd
from tests.actions.fake_systemctl import FAILED, FakeSystemctl, install
from tests.factories import make_finding

NGINX = {"unit": "nginx.service"}


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSystemctl:
    """A host whose init system is systemd, as far as this process can see."""
    fake = install(tmp_path / "systemd")
    monkeypatch.setattr(systemd, "BOOTED", str(fake.folder))
    monkeypatch.setenv("PATH", f"{fake.bin}:/usr/bin:/bin")
    return fake


def make_action(**settings: tuple[str, ...]) -> RestartUnit:
    return RestartUnit(ActionsSettings(units=UnitsSettings(**settings)), OwnHands(), looks_apart_s=0.01)


# --- it helps ---------------------------------------------------------------------------------------------------------


def test_a_failed_unit_is_up_again(host: FakeSystemctl) -> None:
    host.add("nginx.service", **FAILED)
    action = make_action()

    ready = action.precondition(NGINX)
    done = action.execute(NGINX)
    seen = action.verify(NGINX, None)

    assert ready.holds
    assert ready.reason == "nginx.service is failed (exit-code)"
    assert (done.before["active_state"], done.after["active_state"]) == ("failed", "active")
    assert seen.holds
    assert seen.detail == "nginx.service is active (running) and stays up"
    assert host.restarts() == ["nginx.service"]


def test_the_start_limit_is_no_obstacle(host: FakeSystemctl) -> None:
    host.add("nginx.service", **{**FAILED, "Result": "start-limit-hit"})
    action = make_action()

    action.execute(NGINX)

    assert action.verify(NGINX, None).holds


def test_a_one_shot_unit_that_ended_well_has_done_its_work(host: FakeSystemctl) -> None:
    host.add("backup.service", Type="oneshot", ActiveState="inactive", SubState="dead")

    assert make_action().verify({"unit": "backup.service"}, None).holds


# --- it ends well, and the fault stays --------------------------------------------------------------------------------


def test_a_unit_that_dies_again_is_not_verified(host: FakeSystemctl) -> None:
    host.add("nginx.service", on_restart="dies", **FAILED)
    action = make_action()
    action.execute(NGINX)

    seen = action.verify(NGINX, None)

    assert not seen.holds
    assert seen.detail == "nginx.service is failed (exit-code)"


def test_a_unit_that_is_started_anew_between_two_looks_is_not_verified(host: FakeSystemctl) -> None:
    host.add("nginx.service", on_restart="flaps", **FAILED)
    action = make_action()
    action.execute(NGINX)

    seen = action.verify(NGINX, None)

    assert not seen.holds
    assert seen.detail == "nginx.service was started anew within 0.01 s"


def test_without_both_looks_nothing_is_verified(host: FakeSystemctl) -> None:
    host.add("nginx.service")
    (host.bin / "systemctl").write_text("#!/bin/sh\nexit 1\n")

    assert not make_action().verify(NGINX, None).holds


def test_a_simple_unit_that_ended_is_not_up(host: FakeSystemctl) -> None:
    host.add("nginx.service", ActiveState="inactive", SubState="dead")

    assert not make_action().verify(NGINX, None).holds


# --- it fails ---------------------------------------------------------------------------------------------------------


def test_what_systemd_says_is_the_reason(host: FakeSystemctl) -> None:
    host.add("nginx.service", on_restart="fails", **FAILED)

    with pytest.raises(ActionFailed, match=r"Job for nginx.service failed because the control process"):
        make_action().execute(NGINX)


def test_a_lack_of_rights_names_what_is_missing(host: FakeSystemctl) -> None:
    host.add("nginx.service", on_restart="denied", **FAILED)

    with pytest.raises(ActionFailed, match=r"has no right to restart nginx.service: it takes root, or a polkit rule"):
        make_action().execute(NGINX)
    assert host.restarts() == []


def test_a_restart_that_does_not_end_is_given_up(host: FakeSystemctl, monkeypatch: pytest.MonkeyPatch) -> None:
    host.add("nginx.service", on_restart="hangs", **FAILED)
    monkeypatch.setattr(units, "JOB_S", 0.5)

    with pytest.raises(ActionFailed, match=r"did not end within 0\.5 s"):
        make_action().execute(NGINX)


def test_without_the_program_it_fails_with_a_reason(host: FakeSystemctl, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(host.bin)
    monkeypatch.setenv("PATH", str(host.bin))

    with pytest.raises(ActionFailed, match="systemctl cannot be started"):
        make_action().execute(NGINX)
    assert not make_action().precondition(NGINX).holds


# --- it refuses -------------------------------------------------------------------------------------------------------


def test_without_systemd_there_is_nothing_to_restart(host: FakeSystemctl, monkeypatch: pytest.MonkeyPatch) -> None:
    host.add("nginx.service", **FAILED)
    monkeypatch.setattr(systemd, "BOOTED", "/nonexistent")
    action = make_action()

    assert action.precondition(NGINX).reason == "there is no systemd on this host"
    with pytest.raises(ActionFailed):
        action.dry_run(NGINX)
    with pytest.raises(ActionFailed):
        action.execute(NGINX)
    assert host.restarts() == []


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({}, "nginx.service is active (running) already; if it hangs, type: systemctl restart nginx.service"),
        (
            {"ActiveState": "reloading", "SubState": "reload"},
            "nginx.service is reloading (reload) already; if it hangs, type: systemctl restart nginx.service",
        ),
        ({"LoadState": "masked", "ActiveState": "inactive"}, "nginx.service is masked"),
        ({"LoadState": "bad-setting", "ActiveState": "failed"}, "nginx.service is bad-setting"),
        (
            {**FAILED, "Names": "nginx.service dbus-broker.service"},
            "nginx.service is also dbus-broker.service, which is in actions.units.never",
        ),
    ],
)
def test_the_precondition_names_what_speaks_against_it(
    host: FakeSystemctl, properties: dict[str, str], reason: str
) -> None:
    host.add("nginx.service", **properties)

    ready = make_action().precondition(NGINX)

    assert not ready.holds
    assert ready.reason == reason


INACTIVE = {"ActiveState": "inactive", "SubState": "dead", "Result": "success"}
LOOPING = {"ActiveState": "activating", "SubState": "auto-restart", "Result": "exit-code", "NRestarts": "1"}


@pytest.mark.parametrize("state", ["disabled", "static", "indirect", "linked", ""])
@pytest.mark.parametrize(("properties", "holds"), [(FAILED, True), (LOOPING, True), (INACTIVE, False)])
def test_a_unit_that_is_down_is_restarted_only_where_somebody_wanted_it_up(
    host: FakeSystemctl, state: str, properties: dict[str, str], holds: bool
) -> None:
    host.add("nginx.service", **{**properties, "UnitFileState": state})

    ready = make_action().precondition(NGINX)

    assert ready.holds is holds
    assert holds or ready.reason == f"nginx.service is inactive and {state or 'without a file'}: nobody wants it up"


@pytest.mark.parametrize("state", ["enabled", "enabled-runtime", "generated"])
def test_a_unit_that_boot_should_have_started_may_be_started(host: FakeSystemctl, state: str) -> None:
    host.add("nginx.service", **{**INACTIVE, "UnitFileState": state})

    assert make_action().precondition(NGINX).holds


@pytest.mark.parametrize("relation", ["WantedBy", "RequiredBy", "BoundBy", "UpheldBy"])
def test_a_static_unit_is_wanted_by_what_is_up_and_wants_it(host: FakeSystemctl, relation: str) -> None:
    host.add("db.service", **{**INACTIVE, "UnitFileState": "static", relation: "web.service"})
    host.add("web.service", **INACTIVE)
    assert not make_action().precondition({"unit": "db.service"}).holds

    host.add("web.service")

    assert make_action().precondition({"unit": "db.service"}).holds


def test_a_disabled_unit_stays_down_whoever_wants_it(host: FakeSystemctl) -> None:
    host.add("db.service", **{**INACTIVE, "UnitFileState": "disabled", "WantedBy": "web.service"})
    host.add("web.service")

    assert not make_action().precondition({"unit": "db.service"}).holds


@pytest.mark.parametrize(
    ("properties", "holds"),
    [
        ({"ActiveState": "activating", "SubState": "start", "NRestarts": "0"}, False),
        ({"ActiveState": "activating", "SubState": "start", "NRestarts": "3"}, True),
        ({"ActiveState": "deactivating", "SubState": "stop-sigterm", "NRestarts": "3"}, False),
        ({"ActiveState": "deactivating", "SubState": "final-sigterm", "Result": "timeout"}, True),
    ],
)
def test_what_somebody_starts_or_stops_just_now_is_left_alone(
    host: FakeSystemctl, properties: dict[str, str], holds: bool
) -> None:
    host.add("nginx.service", **properties)

    ready = make_action().precondition(NGINX)

    assert ready.holds is holds
    assert holds or "wait for the end of that" in ready.reason


@pytest.mark.parametrize("relation", ["Conflicts", "ConflictedBy"])
def test_what_a_start_stops_is_told_and_bound_to_the_decision(host: FakeSystemctl, relation: str) -> None:
    host.add("exim.service", **FAILED, **{relation: "postfix.service shutdown.target"})
    host.add("postfix.service", RequiredBy="mailman.service", **INACTIVE)
    host.add("mailman.service")
    exim = {"unit": "exim.service"}
    asked = make_action().precondition(exim)
    assert "stopped" not in make_action().dry_run(exim)

    host.add("postfix.service", RequiredBy="mailman.service")

    assert make_action().dry_run(exim).endswith("stopped by it: mailman.service, postfix.service")
    assert make_action().precondition(exim).holds
    assert make_action().precondition(exim).snapshot != asked.snapshot


def test_a_forbidden_unit_is_not_stopped_by_a_conflict(host: FakeSystemctl) -> None:
    host.add("other.service", Conflicts="front.service", **FAILED)
    host.add("front.service", RequiredBy="ssh.service")
    host.add("ssh.service")

    ready = make_action().precondition({"unit": "other.service"})

    assert not ready.holds
    assert ready.reason == "ssh.service would be stopped by it, which is in actions.units.never"


def test_more_than_a_person_would_read_is_not_affected(host: FakeSystemctl) -> None:
    names = [f"client-{number}.service" for number in range(201)]
    host.add("hub.service", RequiredBy=" ".join(names), **FAILED)

    ready = make_action().precondition({"unit": "hub.service"})

    assert not ready.holds
    assert ready.reason == "more than 200 units may be affected"


def test_a_unit_that_does_not_exist_is_not_restarted(host: FakeSystemctl) -> None:
    ready = make_action().precondition(NGINX)

    assert not ready.holds
    assert ready.reason == "nginx.service is not-found"


def test_it_does_not_take_a_forbidden_unit_down_with_it(host: FakeSystemctl) -> None:
    host.add("storage.service", RequiredBy="web.service", **FAILED)
    host.add("web.service", BoundBy="ssh.service")
    host.add("ssh.service")

    ready = make_action().precondition({"unit": "storage.service"})

    assert not ready.holds
    assert ready.reason == "ssh.service would be restarted with it, which is in actions.units.never"


# --- what it says beforehand ------------------------------------------------------------------------------------------


def test_a_dry_run_names_everything_that_is_restarted(host: FakeSystemctl) -> None:
    host.add("db.service", Description="Database", ConsistsOf="a.service idle.service", **FAILED)
    host.add("a.service", RequiredBy="b.service db.service")
    host.add("b.service")
    host.add("idle.service", ActiveState="inactive")

    text = make_action().dry_run({"unit": "db.service"})

    assert text == (
        "would restart db.service (Database), which is failed (exit-code), no main process\n"
        "restarted with it: a.service, b.service"
    )
    assert host.restarts() == []


def test_the_snapshot_changes_when_the_unit_was_started_again(host: FakeSystemctl) -> None:
    host.add("nginx.service", on_restart="dies", **FAILED)
    action = make_action()
    asked = action.precondition(NGINX).snapshot

    assert action.precondition(NGINX).snapshot == asked
    action.execute(NGINX)
    assert action.precondition(NGINX).snapshot != asked


def test_the_snapshot_of_a_unit_that_systemd_keeps_restarting_stays(host: FakeSystemctl) -> None:
    host.add("nginx.service", ActiveState="activating", SubState="auto-restart", Result="exit-code")
    asked = make_action().precondition(NGINX).snapshot
    host.add("nginx.service", ActiveState="activating", SubState="start", Result="success", NRestarts="7")

    assert make_action().precondition(NGINX).snapshot == asked


# --- which finding it fits --------------------------------------------------------------------------------------------


def test_a_finding_about_a_unit_is_about_this_unit() -> None:
    call = make_action().call_for(make_finding(check="systemd_unit", object="nginx.service"), {})

    assert call == ActionCall("restart_unit", NGINX)


def test_a_proposal_of_another_check_counts() -> None:
    finding = make_finding(check="http", object="https://a.example", proposed_action=ActionCall("restart_unit", NGINX))

    assert make_action().call_for(finding, {}) == ActionCall("restart_unit", NGINX)


def test_other_findings_do_not_concern_it() -> None:
    other = make_finding(check="disk", proposed_action=ActionCall("clean_files", {"root": "/tmp"}))

    assert make_action().call_for(other, {}) is None


def test_a_document_for_one_unit_does_not_restart_another() -> None:
    finding = make_finding(check="systemd_unit", object="nginx.service")

    assert make_action().call_for(finding, {"unit": "mysql.service"}) is None
    assert make_action().call_for(finding, NGINX) == ActionCall("restart_unit", NGINX)


# --- the allow-set ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "unit",
    [
        "--now.service",
        "-.mount",
        ".service",
        "nginx",
        "nginx.service ssh.service",
        "nginx.service\n",
        "a/b.service",
        "*.service",
        "foo@.service",
        "multi-user.target",
        "system.slice",
        "ä.service",
        "x" * 250 + ".service",
        "",
        None,
        7,
        ["nginx.service"],
    ],
)
def test_what_is_no_name_of_a_unit_is_refused(unit: object) -> None:
    with pytest.raises(ParameterError) as caught:
        make_action(allow=("*",), never=()).validate({"unit": unit})

    assert caught.value.field == "unit"


@pytest.mark.parametrize("unit", ["nginx.service", "getty@tty1.service", r"dev-disk\x2dby.service", "a_b:c@d.service"])
def test_names_as_systemd_allows_them_are_accepted(unit: str) -> None:
    assert make_action(never=()).validate({"unit": unit}) == {"unit": unit}


@pytest.mark.parametrize(
    "name",
    [
        *("ssh", "sshd", "ssh@1-1", "sshd@7", "dropbear", "dbus", "dbus-broker", "systemd-journald", "systemd-halt"),
        *("cortex", "cortex-probed", "user@1000", "user-runtime-dir@0", "getty@tty1", "serial-getty@ttyS0"),
        *("console-getty", "container-getty@1", "autovt@tty1", "debug-shell", "rescue", "emergency"),
        *("initrd-switch-root", "kexec", "halt", "plymouth-poweroff", "reboot", "shutdown"),
    ],
)
def test_what_must_never_be_restarted_is_refused(name: str) -> None:
    unit = f"{name}.service"

    with pytest.raises(ParameterError, match="never"):
        make_action().validate({"unit": unit})


def test_only_units_of_the_configuration_are_allowed() -> None:
    with pytest.raises(ParameterError, match=r"is not in actions.units.allow"):
        make_action(allow=("web-*.service",)).validate(NGINX)


def test_another_parameter_is_refused() -> None:
    with pytest.raises(ParameterError, match="unknown"):
        make_action().validate({"unit": "nginx.service", "mode": "replace"})


@given(
    unit=st.one_of(
        st.text(),
        st.text(alphabet="abz019:-_.\\@ /*?[]\n;$", max_size=12).map(lambda name: f"{name}.service"),
        st.sampled_from(["ssh.service", "cortex-x.service", "web-1.service", "web-1.service --force"]),
    )
)
def test_no_parameter_leaves_the_allow_set(unit: str) -> None:
    settings = UnitsSettings(allow=("web-*.service", "*a*", "cortex-*"))

    try:
        accepted = str(RestartUnit(ActionsSettings(units=settings), OwnHands()).validate({"unit": unit})["unit"])
    except ParameterError:
        return

    assert not accepted.startswith("-")
    assert not set(accepted) - set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_.\\@-")
    assert any(fnmatch.fnmatchcase(accepted, pattern) for pattern in settings.allow)
    assert not any(fnmatch.fnmatchcase(accepted, pattern) for pattern in settings.never)
