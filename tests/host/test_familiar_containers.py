"""A look at hundreds of containers asks for those that changed, and says the same as if it had asked for all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from docker import APIClient

from probed.errors import HostFailed
from probed.host import docker, familiar_containers
from probed.host.familiar_containers import IN_TURN, in_words
from tests.host.fake_engine import FakeContainer, FakeEngine, fake_engine
from tests.real.docker_engine import DockerEngine, docker_engine


@pytest.fixture
def crowd(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEngine]:
    containers = [FakeContainer(f"web-{number:03}") for number in range(300)]
    with TemporaryDirectory() as folder, fake_engine(Path(folder), containers) as engine:
        monkeypatch.setenv("DOCKER_HOST", engine.address)
        yield engine


def asked(engine: FakeEngine) -> list[str]:
    engine.inspected.clear()
    docker.containers()
    return list(engine.inspected)


def test_of_300_containers_all_are_inspected_once_and_then_some_in_turn(crowd: FakeEngine) -> None:
    assert sorted(asked(crowd)) == [each.name for each in crowd.containers]

    looks = [asked(crowd) for _ in range(300 // IN_TURN)]

    assert {len(names) for names in looks} == {IN_TURN}
    assert sorted(name for names in looks for name in names) == [each.name for each in crowd.containers]


def test_what_changed_is_inspected_at_once_and_what_is_not_well_each_time(crowd: FakeEngine) -> None:
    crowd.containers[7].health, crowd.containers[8].health = "healthy", "healthy"
    asked(crowd)
    crowd.containers[7].health = "unhealthy"
    crowd.containers[200].start_again()
    crowd.containers[201].name = "renamed"
    crowd.containers.append(FakeContainer("new", up_s=1))
    del crowd.containers[100]

    seen = {each.name: each for each in docker.containers()}

    assert len(seen) == 300
    assert "web-100" not in seen
    assert (seen["web-007"].health, seen["web-008"].health) == ("unhealthy", "healthy")
    assert seen["web-007"].health_output == "said of unhealthy"
    assert seen["web-200"].restarts == 1
    assert {"new", "renamed"} <= set(seen)
    assert {"web-007", "web-200", "new"} <= set(asked(crowd))  # young, or not well


def test_an_hour_later_all_are_inspected_again(crowd: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked(crowd)
    monkeypatch.setattr(familiar_containers, "OLDEST_S", 0.0)

    assert len(asked(crowd)) == 300


def test_an_engine_that_is_slow_is_asked_side_by_side_within_a_deadline_and_the_next_look_goes_on(
    crowd: FakeEngine,
) -> None:
    crowd.takes_s = 0.1
    with pytest.raises(HostFailed, match=r"is slow: \d+ of 300 .* the next look goes on from there"):
        docker.containers(deadline_s=1.5)
    assert 1 < crowd.at_once <= familiar_containers.AT_ONCE
    first, crowd.takes_s = set(crowd.inspected), 0.0

    assert len(set(asked(crowd)) & first) <= IN_TURN


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.5, "Less than a second"),
        (1.5, "1 second"),
        (59.9, "59 seconds"),
        (60, "About a minute"),
        (3599, "59 minutes"),
        (3600, "About an hour"),
        (5400, "2 hours"),
        (47 * 3600, "47 hours"),
        (48 * 3600, "2 days"),
        (14 * 86400, "2 weeks"),
        (60 * 86400, "2 months"),
        (800 * 86400, "2 years"),
    ],
)
def test_ages_are_worded_as_the_engine_does(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


@pytest.fixture(scope="module")
def real() -> Iterator[DockerEngine]:
    with docker_engine() as engine:
        yield engine


CHANGES: dict[str, Callable[[APIClient], object]] = {
    "nothing": lambda client: None,
    "restarted": lambda client: client.restart("restarted", timeout=0),
    "stopped": lambda client: client.stop("stopped", timeout=0),
    "paused": lambda client: client.pause("paused"),
    "renamed": lambda client: client.rename("renamed", "other"),
    "removed": lambda client: client.remove_container("removed", force=True),
    "sick": lambda client: client.exec_start(client.exec_create("sick", ["rm", "/well"])["Id"]),
    "done": lambda client: client.start("done"),
}


@pytest.mark.docker
def test_with_a_real_engine_it_says_what_inspecting_all_of_them_says(
    real: DockerEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", real.address)
    monkeypatch.setattr(familiar_containers, "IN_TURN", 0)
    monkeypatch.setattr(familiar_containers, "SETTLED_S", 1.0)
    check = {"test": ["CMD-SHELL", "test -e /well"], "interval": 100_000_000, "retries": 1}
    for name in CHANGES:
        command = ["true"] if name == "done" else ["sh", "-c", "touch /well; sleep 1000"]
        real.run(name, command, health=check if name == "sick" else None)
    real.wait_for("done", lambda state: state["Status"] == "exited")
    real.wait_for("sick", lambda state: state["Health"]["Status"] == "healthy")
    time.sleep(1.2)
    docker.containers()

    for change in CHANGES.values():
        change(real.client)
    real.wait_for("sick", lambda state: state["Health"]["Status"] == "unhealthy")
    real.wait_for("done", lambda state: state["Status"] == "exited")

    seen = docker.containers()
    docker._familiar.clear()
    assert [replace(each, health_output="") for each in seen] == [
        replace(each, health_output="") for each in docker.containers()
    ]
    assert len(seen) == len(CHANGES) - 1
    real.remove_all()


@pytest.mark.docker
def test_with_a_real_engine_what_did_not_change_is_not_inspected(
    real: DockerEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", real.address)
    monkeypatch.setattr(familiar_containers, "IN_TURN", 0)
    monkeypatch.setattr(familiar_containers, "SETTLED_S", 1.0)
    real.run("web", ["sleep", "1000"])
    real.run("done", ["true"])
    real.run("broken", ["false"])
    for name in ("done", "broken"):
        real.wait_for(name, lambda state: state["Status"] == "exited")
    time.sleep(1.2)
    docker.containers()
    inspected: list[str] = []
    inspect = APIClient.inspect_container

    def counted(self: APIClient, container: str) -> object:
        inspected.append(container)
        return inspect(self, container)

    monkeypatch.setattr(APIClient, "inspect_container", counted)
    seen = {each.id: each.name for each in docker.containers()}

    assert sorted(seen.values()) == ["broken", "done", "web"]
    assert [seen[each] for each in inspected] == ["broken"]
