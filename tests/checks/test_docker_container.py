from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from docker.errors import APIError

from probed.checks import docker_container
from probed.checks.docker_container import automatic_fault, named_fault
from probed.checks.exit_code import meaning
from probed.core.finding import Severity
from probed.core.inspection import CheckCall
from probed.core.observation import Memory, Observation
from probed.host import docker
from probed.host.docker import Container
from tests.checks.looking import REGISTRY, judged, look, observations, observe
from tests.real.docker_engine import DockerEngine, docker_engine

SLEEP = ["sleep", "1000"]
RUNNING = Container(
    id="c0ffee",
    name="web",
    image="web:1",
    status="running",
    exit_code=0,
    oom_killed=False,
    error="",
    health="",
    health_output="",
    restart_policy="no",
    max_retries=0,
    restarts=0,
    started_at=datetime.now(UTC) - timedelta(hours=1),
    finished_at=None,
)
EXITED = replace(RUNNING, status="exited", exit_code=1, finished_at=datetime.now(UTC))


@pytest.fixture(scope="module")
def shared_engine() -> Iterator[DockerEngine]:
    with docker_engine() as engine:
        yield engine


@pytest.fixture
def engine(shared_engine: DockerEngine, monkeypatch: pytest.MonkeyPatch) -> Iterator[DockerEngine]:
    monkeypatch.setenv("DOCKER_HOST", shared_engine.address)
    monkeypatch.setattr(docker_container, "_stops", {})
    yield shared_engine
    shared_engine.remove_all()


def has_ended(state: Mapping[str, Any]) -> bool:
    return bool(state["Status"] == "exited")


@pytest.mark.docker
def test_containers_that_run_or_ended_well_are_healthy(engine: DockerEngine) -> None:
    engine.run("running", SLEEP)
    engine.run("done", ["true"])
    engine.wait_for("done", has_ended)

    found = observations("docker_container")

    assert {name: judged(each) for name, each in found.items()} == {"running": None, "done": None}
    assert found["running"].evidence["status"] == "running"
    assert found["running"].boot_grace


@pytest.mark.docker
def test_a_container_that_ended_with_an_error_is_a_warning(engine: DockerEngine) -> None:
    engine.run("broken", ["sh", "-c", "exit 1"])
    engine.wait_for("broken", has_ended)

    observation = observe("docker_container", {"for": "1m"})

    assert judged(observation) is Severity.WARNING
    assert observation.evidence["exit_code"] == 1
    assert observation.threshold
    assert observation.threshold.for_s == 60


@pytest.mark.docker
def test_what_somebody_stopped_or_killed_through_the_engine_is_no_fault(engine: DockerEngine) -> None:
    engine.run("stopped", SLEEP)
    engine.run("killed", SLEEP)
    engine.run("ends-with-7", ["sh", "-c", "trap 'exit 7' TERM; touch /ready; while :; do sleep 0.1; done"])
    engine.wait_for_file("ends-with-7", "/ready")
    engine.client.stop("stopped", timeout=1)
    engine.client.kill("killed")
    engine.client.stop("ends-with-7", timeout=60)

    found = observations("docker_container")

    assert [found[name].evidence["exit_code"] for name in ("stopped", "killed", "ends-with-7")] == [137, 137, 7]
    assert {judged(each) for each in found.values()} == {None}


@pytest.mark.docker
def test_a_process_that_was_killed_behind_the_engines_back_is_found(engine: DockerEngine) -> None:
    engine.run("victim", SLEEP)
    os.kill(engine.state("victim")["Pid"], 9)
    engine.wait_for("victim", has_ended)

    observation = observe("docker_container")

    assert observation.evidence["exit_code"] == 137
    assert judged(observation) is Severity.WARNING


@pytest.mark.docker
def test_a_named_container_must_run_even_if_somebody_stopped_it(
    engine: DockerEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.run("web", SLEEP)
    engine.client.stop("web", timeout=1)
    monkeypatch.setattr(docker_container, "STOP_GRACE_S", 0.0)

    found = observations("docker_container", {"containers": ["web", "nothing"]})

    assert judged(found["web"]) is Severity.CRITICAL
    assert judged(found["nothing"]) is Severity.WARNING


@pytest.mark.docker
def test_a_named_container_that_somebody_stopped_just_now_may_come_back_and_one_that_was_killed_may_not(
    engine: DockerEngine,
) -> None:
    engine.run("web", SLEEP)
    engine.run("killed", SLEEP)
    engine.run("crashed", ["sh", "-c", "exit 3"])
    engine.client.stop("web", timeout=1)
    engine.client.kill("killed")
    engine.wait_for("crashed", lambda state: state["Status"] == "exited")

    found = observations("docker_container", {"containers": ["web", "killed", "crashed"]})

    assert judged(found["web"]) is None
    assert judged(found["killed"]) is Severity.CRITICAL
    assert judged(found["crashed"]) is Severity.CRITICAL


@pytest.mark.docker
def test_a_container_that_fails_its_health_check_is_told_with_what_the_check_said(engine: DockerEngine) -> None:
    check = {"test": ["CMD-SHELL", "echo no database; exit 1"], "interval": 200_000_000, "retries": 1}
    engine.run("sick", SLEEP, health=check)
    engine.wait_for("sick", lambda state: state["Health"]["Status"] == "unhealthy")

    observation = observe("docker_container")

    assert judged(observation) is Severity.WARNING
    assert "no database" in observation.summary


@pytest.mark.docker
def test_a_container_that_is_started_again_and_again_is_found_at_any_moment(engine: DockerEngine) -> None:
    engine.run("loop", ["sh", "-c", "sleep 0.2; exit 3"], restart_policy={"Name": "always"})
    deadline = time.monotonic() + 120
    while engine.client.inspect_container("loop")["RestartCount"] < 2:
        assert time.monotonic() < deadline
        time.sleep(0.1)

    statuses = set()
    for _ in range(20):
        observation = observe("docker_container")
        statuses.add(observation.evidence["status"])
        assert judged(observation) is Severity.WARNING
        time.sleep(0.05)

    assert "again and again" in observation.summary
    assert statuses <= {"running", "restarting"}


@pytest.mark.docker
def test_a_container_that_cannot_be_started_is_a_warning_with_the_reason(engine: DockerEngine) -> None:
    with pytest.raises(APIError):
        engine.run("bad", ["/nonexistent"])

    observation = observe("docker_container")

    assert judged(observation) is Severity.WARNING
    assert "/nonexistent" in observation.summary


@pytest.mark.docker
def test_an_excluded_container_is_not_told(engine: DockerEngine) -> None:
    engine.run("ci-1", ["false"])
    engine.run("web", SLEEP)

    assert set(observations("docker_container", {"exclude": "ci-*"})) == {"web"}


@pytest.mark.docker
def test_an_engine_without_containers_is_healthy(engine: DockerEngine) -> None:
    assert not engine.client.containers(all=True)

    assert judged(observe("docker_container")) is None


@pytest.mark.docker
def test_a_container_that_goes_while_it_is_looked_at_is_left_out(
    engine: DockerEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.run("going", SLEEP)
    with monkeypatch.context() as patch:
        patch.setattr("docker.APIClient.containers", lambda self, all: [{"Id": "0" * 64}])

        assert docker.containers() == ()


@pytest.mark.parametrize(
    ("container", "automatic", "named"),
    [
        (RUNNING, None, None),
        (replace(RUNNING, health="unhealthy"), Severity.WARNING, Severity.WARNING),
        (replace(RUNNING, restarts=9), None, None),
        (replace(RUNNING, status="paused"), None, Severity.CRITICAL),
        (replace(RUNNING, status="created", started_at=None), None, Severity.CRITICAL),
        (replace(RUNNING, status="dead"), Severity.CRITICAL, Severity.CRITICAL),
        (replace(EXITED, oom_killed=True, exit_code=137), Severity.CRITICAL, Severity.CRITICAL),
        (replace(EXITED, oom_killed=True, exit_code=0), None, Severity.CRITICAL),
        (replace(EXITED, oom_killed=True, exit_code=1), Severity.WARNING, Severity.CRITICAL),
        (replace(EXITED, oom_killed=True, exit_code=137, restart_policy="always"), None, Severity.CRITICAL),
        (replace(EXITED, exit_code=0), None, Severity.CRITICAL),
        (replace(EXITED, restart_policy="unless-stopped"), None, Severity.CRITICAL),
        (replace(EXITED, restart_policy="on-failure"), None, Severity.CRITICAL),
        (replace(EXITED, restart_policy="on-failure", max_retries=3), Severity.WARNING, Severity.CRITICAL),
    ],
)
def test_every_state_has_its_severity(
    monkeypatch: pytest.MonkeyPatch, container: Container, automatic: Severity | None, named: Severity | None
) -> None:
    monkeypatch.setattr(docker_container, "_stops", {})
    monkeypatch.setattr(docker, "was_stopped", lambda container: False)

    assert (fault := automatic_fault(container)) is None or fault.severity is automatic
    assert (automatic_fault(container) is None) == (automatic is None)
    assert (fault := named_fault(container)) is None or fault.severity is named
    assert (named_fault(container) is None) == (named is None)


@pytest.mark.parametrize(("exit_code", "is_fault"), [(137, False), (143, False), (1, True)])
def test_an_end_that_the_engine_forgot_is_judged_by_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, exit_code: int, is_fault: bool
) -> None:
    monkeypatch.setattr(docker_container, "_stops", {})
    monkeypatch.setattr(docker, "was_stopped", lambda container: None)

    assert (automatic_fault(replace(EXITED, exit_code=exit_code)) is not None) == is_fault


@pytest.mark.parametrize(
    ("exit_code", "was_stopped", "severity"),
    [
        (137, None, Severity.CRITICAL),
        (137, False, Severity.CRITICAL),
        (137, True, None),
        (143, None, None),
        (143, True, None),
    ],
)
def test_who_lacked_memory_once_and_was_stopped_later_is_no_fault(
    monkeypatch: pytest.MonkeyPatch, exit_code: int, was_stopped: bool | None, severity: Severity | None
) -> None:
    """Engines keep the mark of a child that was killed for lack of memory until the next start."""
    monkeypatch.setattr(docker_container, "_stops", {})
    monkeypatch.setattr(docker, "was_stopped", lambda container: was_stopped)

    fault = automatic_fault(replace(EXITED, oom_killed=True, exit_code=exit_code))

    assert (fault.severity if fault else None) is severity


def test_what_the_engine_once_told_is_not_forgotten_with_its_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker_container, "_stops", {})
    told = iter([False])
    monkeypatch.setattr(docker, "was_stopped", lambda container: next(told, None))
    killed = replace(EXITED, exit_code=137)

    assert automatic_fault(killed) is not None
    assert automatic_fault(killed) is not None


@pytest.mark.docker
def test_without_the_engine_nothing_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent.sock")

    assert len(look("docker_container")) == 1
    assert len(look("docker_container", {"containers": ["auto", "web-*"]})) == 1


def test_a_named_container_does_not_run_where_the_engine_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent.sock")

    [seen] = observations("docker_container", {"containers": ["auto", "web"]}).values()

    assert (seen.object, judged(seen)) == ("web", Severity.CRITICAL)
    assert "no Docker engine" in seen.summary
    assert seen.threshold
    assert seen.threshold.for_s == 60, "somebody may have stopped it, to start it again"


@pytest.mark.docker
@pytest.mark.parametrize(
    ("script", "code", "words"),
    [
        ("exit 1", 1, "exit code 1"),
        ("exit 127", 127, "its command was not found"),
        ("kill -SEGV $$", 139, "crashed, SIGSEGV"),
        ("kill -ABRT $$", 134, "SIGABRT"),
    ],
)
def test_the_exit_codes_are_told_apart(engine: DockerEngine, script: str, code: int, words: str) -> None:
    engine.run("ended", ["sh", "-c", f"sh -c '{script}'; exit $?"])
    engine.wait_for("ended", has_ended)

    observation = observe("docker_container")

    assert observation.evidence["exit_code"] == code
    assert words in observation.summary


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "ended well"),
        (125, "engine"),
        (126, "executed"),
        (137, "killed"),
        (143, "SIGTERM"),
        (135, "SIGBUS"),
        (255, "255"),
    ],
)
def test_every_exit_code_has_its_meaning(code: int, words: str) -> None:
    assert words in meaning(code)


@pytest.mark.docker
def test_a_container_whose_memory_is_near_its_limit_is_told_by_what_cannot_be_taken_back(engine: DockerEngine) -> None:
    fill = "dd if=/dev/zero of=/dev/shm/x bs=1M count=18; touch /ready; sleep 1000"
    engine.run("full", ["sh", "-c", fill], mem_limit=20 * 2**20, memswap_limit=20 * 2**20, shm_size=32 * 2**20)
    engine.run("free", SLEEP, mem_limit=64 * 2**20)
    engine.run("unlimited", SLEEP)
    end = time.monotonic() + 120
    while (found := observations("docker_container"))["full memory"].value < 85:  # type: ignore[operator]
        assert time.monotonic() < end, found["full memory"]
        time.sleep(0.2)

    assert judged(found["full memory"]) is Severity.WARNING
    assert found["full memory"].threshold
    assert found["full memory"].threshold.for_s == 300
    assert judged(found["free memory"]) is None
    assert "unlimited memory" not in found
    assert "full memory" not in observations("docker_container", {"memory": "off"})


def test_a_container_that_runs_but_was_started_again_often_lately_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    known: Memory = {}
    check, told = REGISTRY.bind(CheckCall("docker_container", {"memory": "off"})), []
    for count in (50, 52, 55):
        monkeypatch.setattr(docker, "containers", lambda count=count: (replace(RUNNING, restarts=count),))
        (seen,), known = check.look_since(known)
        assert isinstance(seen, Observation)
        told.append((judged(seen), seen.summary))

    assert [severity for severity, _ in told] == [None, None, Severity.WARNING]
    assert "was started again 5 times within 15m" in told[-1][1]


def test_an_end_that_is_not_among_the_events_yet_is_asked_for_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[bool | None] = [None, False]
    monkeypatch.setattr(docker_container, "_stops", {})
    monkeypatch.setattr(docker, "was_stopped", lambda container: told.pop(0))
    killed = replace(RUNNING, status="exited", exit_code=137, finished_at=datetime.now(UTC))

    assert automatic_fault(killed) is None
    assert automatic_fault(killed) is not None
