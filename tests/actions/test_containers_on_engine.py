"""Every action on containers, on a real Docker engine: it helps, it ends well and the fault stays, it is undone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from probed.actions import container
from probed.actions.container import ContainerAction
from probed.actions.performer import OwnHands
from probed.actions.restart_container import RestartContainer
from probed.actions.start_container import StartContainer
from probed.actions.stop_container import StopContainer
from probed.checks.registry import CheckRegistry
from probed.config.actions import ActionsSettings, ContainersSettings
from probed.core.action import Executed, Verification
from probed.core.finding import ActionCall
from probed.core.inspection import CheckCall
from probed.errors import ActionFailed, ActionRefused, ParameterError
from probed.testing import ScriptedActions
from tests.engine.scenario import scenario, with_actions
from tests.factories import make_finding
from tests.real.docker_engine import IMAGE, DockerEngine, docker_engine

pytestmark = pytest.mark.docker

SLEEP = ["sleep", "1000"]
SECOND_NS = 1_000_000_000
LOOKS_APART_S = 1.0
WEB = {"container": "web"}


@pytest.fixture(scope="module")
def shared_engine() -> Iterator[DockerEngine]:
    with docker_engine() as engine:
        yield engine


@pytest.fixture
def engine(shared_engine: DockerEngine, monkeypatch: pytest.MonkeyPatch) -> Iterator[DockerEngine]:
    monkeypatch.setenv("DOCKER_HOST", shared_engine.address)
    yield shared_engine
    shared_engine.remove_all()


def make(kind: type[ContainerAction], *never: str, allow: tuple[str, ...] = ("*",)) -> ContainerAction:
    settings = ActionsSettings(containers=ContainersSettings(allow=allow, never=never))
    return kind(settings, OwnHands(), looks_apart_s=LOOKS_APART_S)


def carry_out(action: ContainerAction, params: Mapping[str, object]) -> Verification:
    """From the precondition to the verification, as the engine does it."""
    ready = action.precondition(params)
    assert ready.holds, ready.reason
    return action.verify(params, action.execute(params))


def perform(operation: str, name: str, *never: str) -> Executed:
    return OwnHands().perform(operation, {"container": name}, deadline_s=60, own={"never": list(never)})


def has_ended(state: Mapping[str, Any]) -> bool:
    return bool(state["Status"] == "exited")


# --- restart_container ------------------------------------------------------------------------------------------------


def test_a_restart_brings_a_killed_container_up(engine: DockerEngine) -> None:
    engine.run("web", SLEEP)
    engine.client.kill("web")
    engine.wait_for("web", has_ended)
    action = make(RestartContainer)

    said = action.dry_run(WEB)
    executed = action.execute(WEB)
    seen = action.verify(WEB, executed)

    assert said == f"would restart web ({IMAGE}), which is exited (exit code 137), no process"
    assert (executed.before["status"], executed.after["status"]) == ("exited", "running")
    assert seen.holds
    assert seen.detail == "web is running and stays so"
    assert engine.state("web")["Pid"] == executed.after["pid"]


def test_a_restart_of_what_ends_again_is_not_verified(engine: DockerEngine) -> None:
    engine.run("web", ["sh", "-c", "sleep 0.5; exit 3"])
    engine.wait_for("web", has_ended)

    seen = carry_out(make(RestartContainer), WEB)

    assert not seen.holds
    assert seen.detail == "web is exited (exit code 3)"


def test_a_restart_of_what_the_engine_restarts_again_and_again_is_not_verified(engine: DockerEngine) -> None:
    engine.run("web", ["sh", "-c", "sleep 0.3; exit 3"], restart_policy={"Name": "always"})
    engine.wait_for("web", lambda _: engine.client.inspect_container("web")["RestartCount"] >= 3)
    action = make(RestartContainer)

    ready = action.precondition(WEB)
    seen = carry_out(action, WEB)

    assert ready.reason == "web is started again and again (exit code 3)"
    engine.wait_for("web", lambda _: engine.client.inspect_container("web")["RestartCount"] >= 3)
    assert action.precondition(WEB).snapshot == ready.snapshot
    assert not seen.holds


def test_a_restart_counts_once_the_health_check_is_content(engine: DockerEngine) -> None:
    check = {"test": ["CMD-SHELL", "test -e /healthy"], "interval": SECOND_NS, "timeout": SECOND_NS, "retries": 1}
    engine.run("web", ["sh", "-c", "sleep 1000"], health=check)
    engine.wait_for("web", lambda state: state["Health"]["Status"] == "unhealthy")
    action = make(RestartContainer)

    seen = carry_out(action, WEB)
    assert not seen.holds
    assert seen.detail == "web is running (unhealthy)"

    executed = action.execute(WEB)
    engine.client.exec_start(engine.client.exec_create("web", "touch /healthy")["Id"])
    assert action.verify(WEB, executed).detail == "web is running (healthy) and stays so"


def test_without_an_answer_of_the_health_check_nothing_is_verified(
    engine: DockerEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(container, "HEALTH_S", 0.2)
    engine.run("web", SLEEP, health={"test": ["CMD", "true"], "interval": 600 * SECOND_NS})

    seen = make(RestartContainer).verify(WEB, None)

    assert not seen.holds
    assert seen.detail == "web is running (starting)"


def test_a_container_that_is_up_is_restarted_only_where_that_is_said(engine: DockerEngine) -> None:
    engine.run("web", SLEEP)
    before, action = engine.state("web")["Pid"], make(RestartContainer)

    assert not action.precondition(WEB).holds
    seen = carry_out(action, {**WEB, "even_if_up": True})

    assert seen.holds
    assert engine.state("web")["Pid"] != before


def test_a_restart_cannot_be_undone() -> None:
    action = make(RestartContainer)

    assert not action.reversible
    with pytest.raises(ActionFailed, match="irreversible"):
        action.roll_back(WEB, {})


async def test_a_restart_that_does_not_help_makes_the_case_climb(engine: DockerEngine, tmp_path: Path) -> None:
    engine.run("web", ["sh", "-c", "sleep 0.5; exit 3"])
    engine.wait_for("web", has_ended)
    action = make(RestartContainer)
    action.settle_s = 0.1
    check = CheckRegistry().bind(CheckCall("docker_container", {"containers": ["web"]}))
    async with scenario(tmp_path, actions=ScriptedActions(action)) as host:
        host.document(with_actions(l1=["restart_container"]), [check])

        await host.run("services")
        await host.passes(2)

        [change] = (await host.monitor.changes(10)).items
        assert change.outcome == "not_verified"
        assert await host.stage_of("web") == "told"
        assert "web" in host.told[-1]


# --- start_container and stop_container -------------------------------------------------------------------------------


def test_a_start_can_be_undone(engine: DockerEngine) -> None:
    engine.run("web", ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"])
    engine.client.stop("web")
    action = make(StartContainer)
    ready = action.precondition(WEB)

    seen = carry_out(action, WEB)

    assert seen.holds
    assert action.precondition(WEB).reason == "web is running"
    assert action.roll_back(WEB, ready.snapshot).detail == "stopped web"
    assert engine.state("web")["Status"] == "exited"
    assert action.roll_back(WEB, ready.snapshot).detail.startswith("nothing to put back")


def test_a_start_of_what_ends_at_once_is_not_verified(engine: DockerEngine) -> None:
    engine.run("web", ["sh", "-c", "exit 1"])
    engine.wait_for("web", has_ended)

    assert not carry_out(make(StartContainer), WEB).holds


def test_a_stop_can_be_undone(engine: DockerEngine) -> None:
    engine.run("web", SLEEP, init=True)
    action = make(StopContainer)
    ready = action.precondition(WEB)

    said = action.dry_run(WEB)
    seen = carry_out(action, WEB)

    assert said.startswith(f"would stop web ({IMAGE}), which is running, process ")
    assert seen.holds
    assert action.roll_back(WEB, ready.snapshot).detail == "started web"
    assert engine.state("web")["Status"] == "running"
    assert action.roll_back(WEB, ready.snapshot).detail.startswith("nothing to put back")


@pytest.mark.parametrize("kind", [StartContainer, StopContainer])
def test_another_container_that_has_the_name_by_now_is_not_what_is_put_back(
    engine: DockerEngine, kind: type[ContainerAction]
) -> None:
    engine.run("web", SLEEP, init=True)
    snapshot = make(kind).precondition(WEB).snapshot
    engine.client.remove_container("web", force=True)
    engine.run("web", SLEEP, init=True)

    with pytest.raises(ActionFailed, match="web is another container than before"):
        make(kind).roll_back(WEB, snapshot)

    assert engine.state("web")["Status"] == "running"


def test_a_stop_of_what_somebody_starts_again_is_not_verified(engine: DockerEngine) -> None:
    engine.run("web", SLEEP, init=True)
    action = make(StopContainer)
    executed = action.execute(WEB)
    engine.client.start("web")

    seen = action.verify(WEB, executed)

    assert not seen.holds
    assert seen.detail == "web is running"


def test_what_somebody_paused_is_left_alone(engine: DockerEngine) -> None:
    engine.run("web", SLEEP)
    engine.client.pause("web")

    for kind in (RestartContainer, StartContainer, StopContainer):
        assert make(kind).precondition(WEB).reason == "web is paused"
    engine.client.unpause("web")


def test_what_is_removed_with_its_end_is_not_stopped(engine: DockerEngine) -> None:
    engine.run("web", SLEEP, auto_remove=True)

    assert make(StopContainer).precondition(WEB).reason == "web would be removed with its end"
    with pytest.raises(ActionRefused, match="would be removed with its end"):
        perform("stop_container", "web")
    assert engine.state("web")["Status"] == "running"


# --- whom it hits, and whom it must not -------------------------------------------------------------------------------


def test_who_would_lose_the_network_is_told_and_may_forbid_it(engine: DockerEngine) -> None:
    container_id = engine.run("web", SLEEP)
    config = engine.client.create_host_config(network_mode=f"container:{container_id}")
    sidecar = engine.client.create_container(IMAGE, SLEEP, name="sidecar", host_config=config)
    engine.client.start(sidecar["Id"])

    assert make(StopContainer).dry_run(WEB).endswith("use its network: sidecar")
    ready = make(StopContainer, "side*").precondition(WEB)
    assert ready.reason == "sidecar would lose its network, which is in actions.containers.never"
    with pytest.raises(ActionRefused, match="web: sidecar is never touched"):
        perform("stop_container", "web", "side*")
    assert engine.state("web")["Status"] == "running"


def test_the_beginning_of_an_id_is_no_name(engine: DockerEngine) -> None:
    start = engine.run("cortex-own", SLEEP)[:12]

    for operation in ("restart_container", "stop_container", "start_container"):
        with pytest.raises(ActionRefused, match="no name, but the beginning of an id"):
            perform(operation, start)
        with pytest.raises(ActionRefused, match="cortex-own is never touched"):
            perform(operation, "cortex-own")
    assert make(StopContainer).precondition({"container": start}).reason == f"there is no container {start}"
    assert engine.state("cortex-own")["Status"] == "running"


def test_a_container_that_is_not_there_is_refused(engine: DockerEngine) -> None:
    assert make(RestartContainer).precondition(WEB).reason == "there is no container web"
    with pytest.raises(ActionFailed, match="there is no container web"):
        make(RestartContainer).dry_run(WEB)
    with pytest.raises(ActionRefused, match="No such container: web"):
        perform("start_container", "web")


def test_without_an_engine_nothing_is_done(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")

    assert make(RestartContainer).precondition(WEB).reason == "there is no Docker engine on this host"
    with pytest.raises(ActionRefused, match="there is no Docker engine at"):
        make(RestartContainer).execute(WEB)
    monkeypatch.setenv("DOCKER_HOST", "tcp://192.0.2.1:2375")
    with pytest.raises(ActionRefused, match="is not this host's"):
        perform("start_container", "web")


@pytest.mark.parametrize("name", ["", "a/b", "../x", "web?force=1", "-web", "web\n", "x" * 200, None, 7, ["web"]])
def test_what_is_no_name_of_a_container_is_refused(name: object) -> None:
    with pytest.raises(ParameterError, match="expected the name of a container"):
        make(StopContainer).validate({"container": name})
    with pytest.raises(ActionRefused, match="expected the name of a container"):
        OwnHands().perform("stop_container", {"container": name}, deadline_s=60)


def test_a_name_stays_within_the_allow_set() -> None:
    with pytest.raises(ParameterError, match=r"db is not in actions.containers.allow"):
        make(StartContainer, allow=("web*",)).validate({"container": "db"})
    with pytest.raises(ParameterError, match=r"web-db is in actions.containers.never"):
        make(StartContainer, "*db", allow=("web*",)).validate({"container": "web-db"})


# --- which finding it fits --------------------------------------------------------------------------------------------


def test_each_fits_the_findings_that_it_helps() -> None:
    down = make_finding(check="docker_container", object="web", evidence={"status": "exited"})
    ill = make_finding(check="docker_container", object="web", evidence={"status": "running"})
    slow = make_finding(check="http", object="https://web.example")

    restart, start, stop = make(RestartContainer), make(StartContainer), make(StopContainer)

    assert restart.call_for(ill, {}) == ActionCall("restart_container", WEB)
    assert start.call_for(down, {}) == ActionCall("start_container", WEB)
    assert start.call_for(ill, {}) is None
    assert stop.call_for(down, {}) is None
    assert stop.call_for(ill, WEB) == ActionCall("stop_container", WEB)
    assert stop.call_for(ill, {"container": "db"}) is None
    assert restart.call_for(slow, {}) is None
    hanging = {**WEB, "even_if_up": True}
    assert restart.call_for(slow, hanging) == ActionCall("restart_container", hanging)
