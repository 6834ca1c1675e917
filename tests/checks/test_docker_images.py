from __future__ import annotations

from collections.abc import Iterator

import pytest

from probed.core.finding import Severity
from probed.core.observation import Absent
from tests.checks.looking import judged, look, observations
from tests.real.docker_engine import IMAGE, DockerEngine, docker_engine

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def shared_engine() -> Iterator[DockerEngine]:
    with docker_engine() as engine:
        yield engine


@pytest.fixture
def engine(shared_engine: DockerEngine, monkeypatch: pytest.MonkeyPatch) -> Iterator[DockerEngine]:
    monkeypatch.setenv("DOCKER_HOST", shared_engine.address)
    yield shared_engine
    shared_engine.remove_all()


def test_a_container_from_the_image_of_its_name_is_healthy(engine: DockerEngine) -> None:
    engine.run("web", ["sleep", "60"])

    seen = observations("docker_images")["web"]

    assert judged(seen) is None
    assert seen.evidence["image"] == IMAGE
    assert seen.evidence["age_s"] is not None


def test_one_that_was_not_made_anew_from_its_new_image_is_told(engine: DockerEngine) -> None:
    engine.run("web", ["sleep", "60"])
    engine.run("other", ["sleep", "60"])
    newer = engine.client.commit("other", repository=IMAGE, tag="latest")
    assert newer["Id"]

    seen = observations("docker_images", {"exclude": "other"})

    assert list(seen) == ["web"]
    assert judged(seen["web"]) is Severity.WARNING
    assert "was replaced by a newer one" in seen["web"].summary


def test_an_old_image_is_told_and_stopped_containers_are_left_alone(engine: DockerEngine) -> None:
    engine.run("web", ["sleep", "60"])
    engine.run("done", ["true"])
    engine.wait_for("done", lambda state: state["Status"] == "exited")

    seen = observations("docker_images", {"max_age": "0s"})

    assert list(seen) == ["web"]
    assert "was built" in seen["web"].summary


def test_without_an_engine_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    [note] = look("docker_images")
    assert isinstance(note, Absent)
