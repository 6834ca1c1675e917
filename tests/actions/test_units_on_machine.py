"""Every action on units, on a machine with a real systemd: it helps, it ends well and the fault stays, it is undone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from probed.actions.enable_unit import EnableUnit
from probed.actions.performer import OwnHands
from probed.actions.reload_unit import ReloadUnit
from probed.actions.reset_failed_unit import ResetFailedUnit
from probed.actions.restart_unit import RestartUnit
from probed.actions.set_unit_property import SetUnitProperty
from probed.actions.start_unit import StartUnit
from probed.actions.stop_unit import StopUnit
from probed.actions.unit import UnitAction
from probed.checks.registry import CheckRegistry
from probed.config.actions import ActionsSettings, UnitsSettings
from probed.core.action import Executed, Verification
from probed.core.inspection import CheckCall
from probed.errors import ActionFailed, ActionRefused
from probed.testing import ScriptedActions
from tests.actions.on_machine import UnitMachine, unit_machine
from tests.engine.scenario import scenario, with_actions

pytestmark = pytest.mark.systemd

SLEEPS = "ExecStart=/bin/sleep infinity"
LOOKS_APART_S = 1.0


@pytest.fixture(scope="module")
def booted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnitMachine]:
    with unit_machine(tmp_path_factory.mktemp("machine")) as host:
        yield host


@pytest.fixture
def host(booted: UnitMachine, monkeypatch: pytest.MonkeyPatch) -> UnitMachine:
    booted.stands_in(monkeypatch)
    return booted


def make(kind: type[UnitAction], *never: str, allow: tuple[str, ...] = ("*",)) -> UnitAction:
    settings = ActionsSettings(units=UnitsSettings(allow=allow, never=never))
    return kind(settings, OwnHands(), looks_apart_s=LOOKS_APART_S)


def carry_out(action: UnitAction, params: Mapping[str, object]) -> Verification:
    """From the precondition to the verification, as the engine does it."""
    ready = action.precondition(params)
    assert ready.holds, ready.reason
    return action.verify(params, action.execute(params))


def perform(operation: str, unit: str, *never: str) -> Executed:
    return OwnHands().perform(operation, {"unit": unit}, deadline_s=60, own={"never": list(never)})


# --- restart_unit -----------------------------------------------------------------------------------------------------


def test_a_restart_brings_a_killed_unit_up(host: UnitMachine) -> None:
    unit = host.add("crashed", SLEEPS)
    host.start(unit)
    host.run(f"systemctl kill -s KILL {unit}")
    host.await_state(unit, "failed")
    action = make(RestartUnit)

    seen = carry_out(action, {"unit": unit})

    assert seen.holds
    assert seen.detail == f"{unit} is active (running) and stays up"
    host.clear(unit)


def test_a_restart_of_what_dies_again_is_not_verified(host: UnitMachine) -> None:
    unit = host.add("dies", "ExecStart=/bin/sh -c 'sleep 0.5; exit 3'")
    host.start(unit)
    host.await_state(unit, "failed")

    seen = carry_out(make(RestartUnit), {"unit": unit})

    assert not seen.holds
    host.clear(unit)


def test_a_unit_that_is_up_is_restarted_only_where_that_is_said(host: UnitMachine) -> None:
    unit = host.add("hangs", SLEEPS)
    host.start(unit)
    before, action = host.read(unit, "InvocationID"), make(RestartUnit)

    assert not action.precondition({"unit": unit}).holds
    seen = carry_out(action, {"unit": unit, "even_if_up": True})

    assert seen.holds
    assert host.read(unit, "InvocationID") != before
    host.clear(unit)


def test_a_restart_cannot_be_undone() -> None:
    action = make(RestartUnit)

    assert not action.reversible
    with pytest.raises(ActionFailed, match="irreversible"):
        action.roll_back({"unit": "a.service"}, {})


async def test_a_restart_that_does_not_help_makes_the_case_climb(host: UnitMachine, tmp_path: Path) -> None:
    unit = host.add("climbs", "ExecStart=/bin/sh -c 'sleep 0.5; exit 3'")
    host.start(unit)
    host.await_state(unit, "failed")
    action = make(RestartUnit)
    action.settle_s = 0.1
    check = CheckRegistry().bind(CheckCall("systemd_unit", {"units": [unit], "journal": 0}))
    async with scenario(tmp_path, actions=ScriptedActions(action)) as engine:
        engine.document(with_actions(l1=["restart_unit"]), [check])

        await engine.run("services")
        await engine.settles()

        [change] = (await engine.monitor.changes(10)).items
        assert change.outcome == "not_verified"
        assert await engine.stage_of(unit) == "told"
        await engine.passes(2)
        assert unit in engine.told[-1]
    await asyncio.to_thread(host.clear, unit)


# --- reload_unit ------------------------------------------------------------------------------------------------------


def test_a_reload_brings_new_configuration_into_force(host: UnitMachine) -> None:
    program = "trap 'cp /run/wanted /run/read' HUP; while :; do sleep 0.1; done"
    unit = host.add("reloads", f'ExecStart=/bin/sh -c "{program}"\nExecReload=/bin/kill -HUP $MAINPID')
    host.start(unit)
    host.run("echo new >/run/wanted")
    action = make(ReloadUnit)

    said = action.dry_run({"unit": unit})
    seen = carry_out(action, {"unit": unit})

    assert said.startswith(f"would reload {unit}")
    assert seen.holds
    assert host.run("cat /run/read") == "new"
    assert not action.reversible
    host.clear(unit)


def test_a_reload_that_kills_the_unit_is_not_verified(host: UnitMachine) -> None:
    unit = host.add("brittle", f"{SLEEPS}\nExecReload=/bin/kill -HUP $MAINPID")
    host.start(unit)

    seen = carry_out(make(ReloadUnit), {"unit": unit})

    assert not seen.holds
    host.clear(unit)


def test_a_reload_after_which_systemd_had_to_start_the_unit_anew_is_not_verified(host: UnitMachine) -> None:
    program = "trap 'sleep 0.3; exit 1' HUP; while :; do sleep 0.1; done"
    again = "ExecReload=/bin/kill -HUP $MAINPID\nRestart=always\nRestartSec=100ms"
    unit = host.add("revived", f'ExecStart=/bin/sh -c "{program}"\n{again}')
    host.start(unit)
    action = make(ReloadUnit)
    executed = action.execute({"unit": unit})
    host.until(lambda: host.read(unit, "NRestarts") == "1", "it was not started anew")
    host.await_state(unit, "active")

    seen = action.verify({"unit": unit}, executed)

    assert seen.detail == f"{unit} did not survive it: it was started anew"
    host.clear(unit)


def test_what_is_down_or_cannot_reload_is_not_reloaded(host: UnitMachine) -> None:
    unit = host.add("plain", SLEEPS)
    action = make(ReloadUnit)

    assert action.precondition({"unit": unit}).reason == f"{unit} is inactive (dead): only what is up can reload"
    host.start(unit)
    assert action.precondition({"unit": unit}).reason == f"{unit} does not know how to reload"
    host.clear(unit)


# --- start_unit and stop_unit -----------------------------------------------------------------------------------------


def test_a_start_says_who_is_affected_and_can_be_undone(host: UnitMachine) -> None:
    needed = host.add("needed", SLEEPS)
    rival = host.add("rival", SLEEPS)
    unit = host.add("wanted", SLEEPS, Unit=f"Requires={needed}\nConflicts={rival}")
    host.start(rival)
    action, params = make(StartUnit), {"unit": unit}
    ready = action.precondition(params)

    said = action.dry_run(params)
    seen = action.verify(params, action.execute(params))

    assert f"stopped by it: {rival}\nstarted with it: {needed}" in said
    assert seen.holds
    assert host.read(rival, "ActiveState") == "inactive"

    undone = action.roll_back(params, ready.snapshot)

    assert undone.detail == f"stopped {unit}; started {rival}"
    assert (host.read(unit, "ActiveState"), host.read(rival, "ActiveState")) == ("inactive", "active")
    assert action.roll_back(params, ready.snapshot).detail.startswith("nothing to put back")
    host.clear(unit, rival, needed)


def test_a_start_of_what_ends_at_once_is_not_verified(host: UnitMachine) -> None:
    unit = host.add("vain", "ExecStart=/bin/sh -c 'sleep 0.3; exit 1'")

    seen = carry_out(make(StartUnit), {"unit": unit})

    assert not seen.holds
    assert seen.detail.startswith(f"{unit} is failed")
    host.clear(unit)


def test_a_stop_takes_along_what_needs_the_unit_and_can_be_undone(host: UnitMachine) -> None:
    unit = host.add("base", SLEEPS)
    user = host.add("user-of-it", SLEEPS, Unit=f"Requires={unit}\nAfter={unit}")
    host.start(user)
    action, params = make(StopUnit), {"unit": unit}
    ready = action.precondition(params)

    pid = host.read(unit, "MainPID")
    said = action.dry_run(params)
    seen = action.verify(params, action.execute(params))

    first, second = said.splitlines()
    assert first.startswith(f"would stop {unit} ({unit}), which is active (running), main process {pid}, beside it ")
    assert second == f"stopped by it: {user}"
    assert seen.holds
    assert host.read(user, "ActiveState") == "inactive"

    action.roll_back(params, ready.snapshot)

    assert (host.read(unit, "ActiveState"), host.read(user, "ActiveState")) == ("active", "active")
    assert action.roll_back(params, ready.snapshot).detail.startswith("nothing to put back")
    host.clear(user, unit)


def test_a_stop_of_what_something_starts_again_is_not_verified(host: UnitMachine) -> None:
    unit = host.add("undead", SLEEPS)
    path = host.add("undead.path", Path="PathExists=/etc/hostname\nTriggerLimitIntervalSec=0")
    host.start(path)
    host.await_state(unit, "active")
    action = make(StopUnit)

    said = action.dry_run({"unit": unit})
    seen = carry_out(action, {"unit": unit})

    assert f"may be started again by: {path}" in said
    assert not seen.holds
    host.clear(path, unit)


# --- reset_failed_unit ------------------------------------------------------------------------------------------------


def test_a_failure_that_nobody_cares_for_is_forgotten(host: UnitMachine) -> None:
    unit = host.add("once", "Type=oneshot\nExecStart=/bin/false")
    host.run(f"systemctl start {unit} || true")
    action = make(ResetFailedUnit)

    said = action.dry_run({"unit": unit})
    seen = carry_out(action, {"unit": unit})

    assert said.startswith(f"would forget the failure of {unit}")
    assert seen.holds
    assert host.read(unit, "ActiveState") == "inactive"
    assert not action.reversible
    host.clear(unit)


def test_the_failure_of_a_unit_that_was_removed_is_forgotten(host: UnitMachine) -> None:
    unit = host.add("removed", "Type=oneshot\nExecStart=/bin/false")
    host.run(f"systemctl start {unit} || true; rm /etc/systemd/system/{unit}; systemctl daemon-reload")
    assert (host.read(unit, "LoadState"), host.read(unit, "ActiveState")) == ("not-found", "failed")

    seen = carry_out(make(ResetFailedUnit), {"unit": unit})

    assert seen.holds, seen.detail
    assert unit not in host.run("systemctl list-units --all --plain")


def test_a_unit_that_fails_again_is_not_verified(host: UnitMachine) -> None:
    unit = host.add("recurs", "Type=oneshot\nExecStart=/bin/false")
    timer = host.add("recurs.timer", Timer="OnActiveSec=0\nOnUnitInactiveSec=200ms\nAccuracySec=10ms")
    host.start(timer)
    host.await_state(unit, "failed")
    action = make(ResetFailedUnit)

    host.until(lambda: action.precondition({"unit": unit}).holds, "it is never seen as failed")
    seen = action.verify({"unit": unit}, action.execute({"unit": unit}))

    assert not seen.holds
    host.clear(timer, unit)


def test_the_failure_of_what_should_be_up_is_not_hidden(host: UnitMachine) -> None:
    unit = host.add("needed-at-boot", "Type=oneshot\nExecStart=/bin/false", Install="WantedBy=multi-user.target")
    host.run(f"systemctl enable {unit}; systemctl start {unit} || true")

    ready = make(ResetFailedUnit).precondition({"unit": unit})

    assert ready.reason == f"{unit} should be up: to forget its failure would hide it"
    host.clear(unit)


# --- enable_unit ------------------------------------------------------------------------------------------------------


def test_a_unit_is_enabled_with_what_goes_with_it_and_can_be_disabled_again(host: UnitMachine) -> None:
    also = host.add("companion", SLEEPS, Install="WantedBy=multi-user.target")
    unit = host.add("for-boot", SLEEPS, Install=f"WantedBy=multi-user.target\nAlso={also}")
    action, params = make(EnableUnit), {"unit": unit}
    ready = action.precondition(params)

    said = action.dry_run(params)
    seen = action.verify(params, action.execute(params))

    assert "multi-user.target would start it; it is not started now" in said
    assert f"enabled with it: {also}" in said
    assert seen.holds
    assert host.read(also, "UnitFileState") == "enabled"
    assert host.read(unit, "ActiveState") == "inactive"

    action.roll_back(params, ready.snapshot)

    assert (host.read(unit, "UnitFileState"), host.read(also, "UnitFileState")) == ("disabled", "disabled")
    assert action.roll_back(params, ready.snapshot).detail.startswith("nothing to put back")
    host.clear(unit, also)


def test_an_instance_of_a_template_is_enabled_and_can_be_disabled_again(host: UnitMachine) -> None:
    host.add("instances@.service", SLEEPS, Install="WantedBy=multi-user.target")
    action, params = make(EnableUnit), {"unit": "instances@one.service"}
    ready = action.precondition(params)

    seen = action.verify(params, action.execute(params))

    assert ready.holds
    assert seen.holds, seen.detail

    action.roll_back(params, ready.snapshot)

    assert action.precondition(params) == ready
    host.clear("instances@.service")


def test_a_unit_that_something_disables_again_is_not_verified(host: UnitMachine) -> None:
    unit = host.add("contested", SLEEPS, Install="WantedBy=multi-user.target")
    link = f"/etc/systemd/system/multi-user.target.wants/{unit}"
    host.add("opponent", f"Type=oneshot\nExecStart=/bin/rm {link}")
    path = host.add("opponent.path", Path=f"PathExists={link}")
    host.start(path)
    action, params = make(EnableUnit), {"unit": unit}
    executed = action.execute(params)
    host.until(lambda: host.run(f"test -e {link} || echo gone") == "gone", "nobody disabled it")

    seen = action.verify(params, executed)

    assert seen.detail == f"{unit} is disabled"
    host.clear(path, "opponent.service", unit)


def test_what_somebody_linked_by_hand_is_not_enabled_and_never_disabled_again(host: UnitMachine) -> None:
    """systemd itself does not know of it before its next reload."""
    unit = host.add("by-hand", SLEEPS, Install="WantedBy=multi-user.target")
    link = f"/etc/systemd/system/multi-user.target.wants/{unit}"
    host.start(unit)
    assert make(EnableUnit).precondition({"unit": unit}).holds
    host.run(f"ln -s /etc/systemd/system/{unit} {link}")
    assert host.read(unit, "UnitFileState") == "disabled"

    ready = make(EnableUnit).precondition({"unit": unit})

    assert (ready.holds, ready.reason) == (False, f"{unit} is enabled, not disabled")
    host.run(f"rm {link}")
    host.clear(unit)


def test_an_alias_must_not_be_a_name_that_nobody_may_touch(host: UnitMachine) -> None:
    unit = host.add("disguised", SLEEPS, Install="Alias=ssh.service")

    ready = make(EnableUnit, "ssh*").precondition({"unit": unit})

    assert ready.reason == "ssh.service would be enabled with it, which is in actions.units.never"
    host.clear(unit)


# --- set_unit_property ------------------------------------------------------------------------------------------------

HOLDS_40_MIB = "ExecStart=/usr/bin/python3 -c 'import time; kept = bytearray(40 << 20); time.sleep(1000)'"


def test_a_limit_holds_in_the_kernel_and_can_be_lifted(host: UnitMachine) -> None:
    unit = host.add("limited", SLEEPS)
    host.start(unit)
    for name, value in (("MemoryMax", "64M"), ("CPUQuota", "30%")):
        action, params = make(SetUnitProperty), {"unit": unit, "property": name, "value": value}
        ready = action.precondition(params)

        said = action.dry_run(params)
        seen = action.verify(params, action.execute(params))

        assert f"from no limit to {value} until the next boot" in said
        assert seen.holds, seen.detail
        assert action.precondition(params).reason == f"{name} of {unit} is {value} already"

        action.roll_back(params, ready.snapshot)
        action.roll_back(params, ready.snapshot)

        assert action.precondition(params).snapshot == ready.snapshot
    host.clear(unit)


def test_the_limit_of_the_file_comes_back(host: UnitMachine) -> None:
    unit = host.add("filed", f"{SLEEPS}\nCPUQuota=45%\nMemoryMax=128M")
    host.start(unit)
    for name, value in (("MemoryMax", "64M"), ("CPUQuota", "12.5%")):
        action, params = make(SetUnitProperty), {"unit": unit, "property": name, "value": value}
        ready = action.precondition(params)
        assert action.verify(params, action.execute(params)).holds

        action.roll_back(params, ready.snapshot)

        assert action.precondition(params).snapshot == ready.snapshot
    assert host.read(unit, "CPUQuotaPerSecUSec") == "450ms"
    host.clear(unit)


def test_a_limit_that_ends_the_unit_is_not_verified(host: UnitMachine) -> None:
    grows = "kept = [bytearray(8 << 20) for _ in range(4)]; time.sleep(5); kept.append(bytearray(64 << 20))"
    unit = host.add("grows", f"ExecStart=/usr/bin/python3 -c 'import time; {grows}; time.sleep(1000)'")
    host.start(unit)
    action, params = make(SetUnitProperty), {"unit": unit, "property": "MemoryMax", "value": "60M"}
    ready = action.precondition(params)
    executed = action.execute(params)
    host.await_state(unit, "failed")

    seen = action.verify(params, executed)

    assert not seen.holds
    assert seen.detail.startswith(f"{unit} is failed")

    action.roll_back(params, ready.snapshot)

    assert host.read(unit, "MemoryMax") == "infinity", "its next start would end in the same way"
    host.clear(unit)


def test_a_limit_that_the_kernel_does_not_keep_is_not_verified(host: UnitMachine) -> None:
    unit = host.add("too-large", HOLDS_40_MIB)
    host.start(unit)
    params = {"unit": unit, "property": "MemoryMax", "value": "20M"}
    action = make(SetUnitProperty)
    host.until(lambda: not action.precondition(params).holds, "it never holds that much")
    before = action.precondition(params).snapshot

    seen = action.verify(params, action.execute(params))

    assert not seen.holds

    action.roll_back(params, before)

    assert host.read(unit, "MemoryMax") == "infinity"
    host.clear(unit)


def test_what_a_unit_holds_is_not_taken_from_it(host: UnitMachine) -> None:
    unit = host.add("holds", HOLDS_40_MIB)
    host.start(unit)
    action, params = make(SetUnitProperty), {"unit": unit, "property": "MemoryMax", "value": "20M"}
    host.until(lambda: not action.precondition(params).holds, "it never holds that much")

    assert "20M would end some of its processes" in action.precondition(params).reason
    host.clear(unit)


# --- whatever the configuration says ----------------------------------------------------------------------------------


def test_the_operations_leave_alone_what_is_never_touched(host: UnitMachine) -> None:
    base = host.add("under-ours", SLEEPS)
    ours = host.add("cortex-like", SLEEPS, Unit=f"Requires={base}\nAfter={base}")
    host.run("ln -s under-ours.service /etc/systemd/system/also-known.service; systemctl daemon-reload")
    host.start(ours)
    for operation in ("restart_unit", "stop_unit"):
        for unit in (base, ours, "dbus.service", "systemd-journald.service", "dbus.socket"):
            with pytest.raises(ActionRefused, match="never touched"):
                perform(operation, unit)
    with pytest.raises(ActionRefused, match=r"also-known.service: under-ours.service is never touched"):
        perform("reload_unit", "also-known.service", "under-*")
    with pytest.raises(ActionRefused, match=r"under-ours.service: cortex-like.service is never touched"):
        make(StopUnit).execute({"unit": base})
    assert host.read(ours, "ActiveState") == "active"
    host.run("rm /etc/systemd/system/also-known.service")
    host.clear(ours, base)


def test_the_precondition_says_so_beforehand(host: UnitMachine) -> None:
    unit = host.add("innocent", SLEEPS, Unit="Wants=reboot.target")

    ready = make(StartUnit).precondition({"unit": unit})

    assert not ready.holds
    host.clear(unit)


def test_the_operations_need_nothing_but_the_standard_library(host: UnitMachine) -> None:
    unit = host.add("alone", SLEEPS, Install="WantedBy=multi-user.target")
    words = ("start_unit", "restart_unit", "enable_unit", "disable_unit", "stop_unit")

    for word in words:
        host.run(
            f'cd /srv && /usr/bin/python3 -IS -c \'import sys; sys.path.insert(0, "/srv"); '
            f'from probed.helper.operations import OPERATIONS; OPERATIONS["{word}"]({{"unit": "{unit}"}})\''
        )

    assert (host.read(unit, "ActiveState"), host.read(unit, "UnitFileState")) == ("inactive", "disabled")
    host.clear(unit)
