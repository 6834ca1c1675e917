"""What holds for every action on units, whatever it does."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probed.actions.performer import OwnHands
from probed.actions.registry import MODULES, build_actions
from probed.actions.start_unit import StartUnit
from probed.actions.unit import UnitAction
from probed.config.actions import ActionsSettings, UnitsSettings
from probed.core.finding import ActionCall
from probed.errors import ActionRefused, ParameterError
from probed.host import systemd
from tests.actions.fake_systemctl import FAILED, FakeSystemctl, install
from tests.factories import make_finding

NGINX = {"unit": "nginx.service"}
LIMIT = {**NGINX, "property": "MemoryMax", "value": "512M"}
DOWN = {"ActiveState": "inactive", "SubState": "dead", "MainPID": "0"}


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSystemctl:
    """A host whose init system is systemd, as far as this process can see."""
    fake = install(tmp_path / "systemd")
    monkeypatch.setattr(systemd, "BOOTED", str(fake.folder))
    monkeypatch.setenv("PATH", f"{fake.bin}:/usr/bin:/bin")
    return fake


def unit_actions(**units: tuple[str, ...]) -> list[UnitAction]:
    actions = build_actions(ActionsSettings(units=UnitsSettings(**units)), OwnHands())
    return [action for action in map(actions.get, MODULES) if isinstance(action, UnitAction)]


def named(name: str) -> UnitAction:
    return next(action for action in unit_actions() if action.name == name)


def params_of(action: UnitAction, unit: object) -> Mapping[str, object]:
    return {**(LIMIT if action.name == "set_unit_property" else {}), "unit": unit}


# --- the allow-set ----------------------------------------------------------------------------------------------------


def test_there_are_seven() -> None:
    assert {action.name for action in unit_actions()} == {
        *("restart_unit", "reload_unit", "start_unit", "stop_unit", "reset_failed_unit", "enable_unit"),
        "set_unit_property",
    }


@given(
    unit=st.one_of(
        st.text(),
        st.text(alphabet="abz019:-_.\\@ /*?[]\n;$", max_size=12).map(lambda name: f"{name}.service"),
        st.sampled_from(["ssh.service", "cortex-x.service", "web-1.service", "web-1.service --force", "init.scope"]),
        st.none() | st.integers() | st.lists(st.text()),
    )
)
def test_no_unit_leaves_the_allow_set(unit: object) -> None:
    settings = {"allow": ("web-*.service", "*a*", "cortex-*", "*.scope"), "never": ("ssh*",)}
    for action in unit_actions(**settings):
        try:
            accepted = str(action.validate(params_of(action, unit))["unit"])
        except ParameterError:
            continue
        assert not accepted.startswith("-")
        assert not set(accepted) - set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_.\\@-")
        assert any(fnmatchcase(accepted, pattern) for pattern in settings["allow"])
        assert not fnmatchcase(accepted, "cortex*")


@pytest.mark.parametrize("unit", ["cortex-probed.service", "dbus.socket", "systemd-journald.service"])
def test_no_configuration_lets_them_touch_what_the_host_and_we_stand_on(unit: str) -> None:
    for action in unit_actions(allow=("*",), never=()):
        with pytest.raises(ParameterError, match="never touched"):
            action.validate(params_of(action, unit))


def test_a_name_without_a_type_allows_a_service_and_forbids_every_type() -> None:
    for action in unit_actions(allow=("nginx", "*.socket"), never=("mysql",)):
        assert action.validate(params_of(action, "nginx.service"))
        with pytest.raises(ParameterError, match=r"nginx.timer is not in actions.units.allow"):
            action.validate(params_of(action, "nginx.timer"))
        with pytest.raises(ParameterError, match=r"mysql.socket is in actions.units.never"):
            action.validate(params_of(action, "mysql.socket"))


def test_what_is_up_is_restarted_only_on_a_plain_yes() -> None:
    restart = named("restart_unit")
    for wanted in (1, "true", None):
        with pytest.raises(ParameterError, match="expected true or false"):
            restart.validate({**NGINX, "even_if_up": wanted})
    assert restart.validate({**NGINX, "even_if_up": False}) == NGINX


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"property": "ExecStart"}, "property"),
        ({"property": "MemoryHigh"}, "property"),
        ({"property": ["MemoryMax"]}, "property"),
        ({"property": None}, "property"),
        ({"value": ""}, "value"),
        ({"value": 512}, "value"),
        ({"value": "-1"}, "value"),
        ({"value": "512M\nDelegate=yes"}, "value"),
        ({"value": "512M Delegate=yes"}, "value"),
        ({"value": "50%"}, "value"),
        ({"value": "8M"}, "value"),
        ({"property": "CPUQuota"}, "value"),
        ({"property": "CPUQuota", "value": "infinity"}, "value"),
        ({"property": "CPUQuota", "value": "0%"}, "value"),
        ({"property": "CPUQuota", "value": "2%"}, "value"),
        ({"runtime": False}, "runtime"),
    ],
)
def test_a_limit_is_one_of_two_within_reason(changed: Mapping[str, object], field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        named("set_unit_property").validate({**LIMIT, **changed})

    assert caught.value.field == field


@pytest.mark.parametrize(
    "given",
    [("MemoryMax", "1073741824"), ("MemoryMax", "2G"), ("MemoryMax", "infinity"), ("CPUQuota", "150%")],
)
def test_limits_as_systemd_takes_them_are_accepted(given: tuple[str, str]) -> None:
    params = {**NGINX, "property": given[0], "value": given[1]}

    assert named("set_unit_property").validate(params) == params


# --- who is affected --------------------------------------------------------------------------------------------------


def start(never: tuple[str, ...] = ("ssh*", "systemd-*")) -> StartUnit:
    return StartUnit(ActionsSettings(units=UnitsSettings(never=never)), OwnHands(), looks_apart_s=0.01)


@pytest.mark.parametrize("relation", ["Requires", "BindsTo", "Wants", "Upholds"])
def test_what_a_start_pulls_in_is_told_and_must_not_be_forbidden(host: FakeSystemctl, relation: str) -> None:
    host.add("web.service", **DOWN, **{relation: "net.target up.service"})
    host.add("net.target", **DOWN, Wants="systemd-networkd-wait-online.service db.service")
    host.add("systemd-networkd-wait-online.service", **DOWN)
    host.add("up.service")
    host.add("db.service", **DOWN)
    web = {"unit": "web.service"}

    told = start().dry_run(web).splitlines()

    assert told[1] == "started with it: db.service, net.target, systemd-networkd-wait-online.service"
    assert start().precondition(web).holds
    refused = start(never=("db*", "systemd-*")).precondition(web)
    assert refused.reason == "db.service would be started with it, which is in actions.units.never"


def test_what_is_pulled_in_must_not_stop_what_is_forbidden_either(host: FakeSystemctl) -> None:
    host.add("web.service", **DOWN, Wants="rival.service")
    host.add("rival.service", **DOWN, Conflicts="ssh.service")
    host.add("ssh.service")

    ready = start().precondition({"unit": "web.service"})

    assert ready.reason == "ssh.service would be stopped by it, which is in actions.units.never"


def test_an_operation_obeys_what_the_policy_lays_down(host: FakeSystemctl) -> None:
    host.add("base.service", **FAILED, RequiredBy="mid.service", Names="base.service also.service")
    host.add("mid.service", RequiredBy="top.service")
    host.add("top.service")

    for never in ("top*", "also.service", "base", "mid"):
        with pytest.raises(ActionRefused, match=r"base.service: \w+.service is never touched"):
            OwnHands().perform("restart_unit", {"unit": "base.service"}, deadline_s=60, own={"never": [never]})
    with pytest.raises(ActionRefused, match="no list"):
        OwnHands().perform("restart_unit", {"unit": "base.service"}, deadline_s=60, own={"never": "top*"})
    assert host.restarts() == []


# --- which finding it fits --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("evidence", "helpful"),
    [
        ({"active_state": "failed"}, {"restart_unit", "reset_failed_unit"}),
        ({"active_state": "inactive"}, {"restart_unit", "start_unit"}),
        ({"active_state": "active"}, {"restart_unit"}),
        ({}, {"restart_unit"}),
    ],
)
def test_a_finding_about_a_unit_is_helped_by_what_fits_its_state(
    evidence: Mapping[str, object], helpful: set[str]
) -> None:
    finding = make_finding(check="systemd_unit", object="nginx.service", evidence=evidence)

    calls = {action.name: action.call_for(finding, {}) for action in unit_actions()}

    assert {name for name, call in calls.items() if call} == helpful
    assert {call.params["unit"] for call in calls.values() if call} == {"nginx.service"}


@pytest.mark.parametrize("check", ["memory", "pressure", "http", "tcp_port", "swap", "cpu", "tls_certificate"])
def test_a_document_that_names_the_unit_behind_a_symptom_is_believed(check: str) -> None:
    finding = make_finding(check=check, object="somewhere", evidence={"unit": "mysql.service"})

    for action in unit_actions():
        fixed = params_of(action, "nginx.service")
        assert action.call_for(finding, fixed) == ActionCall(action.name, fixed)
        assert action.call_for(finding, {}) is None


def test_a_document_for_one_unit_does_not_touch_another() -> None:
    finding = make_finding(check="systemd_unit", object="mysql.service", evidence={"active_state": "failed"})

    for action in unit_actions():
        assert action.call_for(finding, params_of(action, "nginx.service")) is None
        assert action.call_for(finding, params_of(action, "mysql.service"))


def test_a_proposal_does_not_change_what_the_document_lays_down() -> None:
    action, fixed = named("set_unit_property"), {"unit": "nginx.service", "property": "MemoryMax"}
    for value, taken in (("512M", True), ("4M", False)):
        proposal = ActionCall(action.name, {**fixed, "value": value})
        finding = make_finding(check="agent.leak", proposed_action=proposal)
        if taken:
            assert action.call_for(finding, fixed) == proposal
        else:
            with pytest.raises(ParameterError):
                action.call_for(finding, fixed)
    other = ActionCall(action.name, {**LIMIT, "unit": "mysql.service"})
    assert action.call_for(make_finding(check="agent.leak", proposed_action=other), fixed) is None


# --- what each says of itself -----------------------------------------------------------------------------------------


def test_each_is_bounded_and_says_what_it_may_hit() -> None:
    for action in unit_actions():
        assert action.object_kind == "unit"
        assert action.blast_radius
        assert action.cooldown_s >= 300
        assert 0 < action.daily_cap <= 24
        assert action.deadline_s > action.operation_s
        assert action.object_of(params_of(action, "nginx.service")) == "nginx.service"
    reversible = {action.name for action in unit_actions() if action.reversible}
    assert reversible == {"start_unit", "stop_unit", "enable_unit", "set_unit_property"}
