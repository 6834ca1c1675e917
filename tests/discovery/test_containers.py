from __future__ import annotations

import pytest

from probed.discovery import containers
from probed.discovery.trial import look
from tests.real.docker_engine import docker_engine


def test_containers_that_the_engine_keeps_up_are_found_and_well_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with docker_engine() as engine:
        monkeypatch.setenv("DOCKER_HOST", engine.address)
        engine.run("web", ["sleep", "1000"], restart_policy={"Name": "unless-stopped"})
        engine.run("once", ["sleep", "1000"])
        engine.run("away", ["sleep", "1000"], restart_policy={"Name": "always"})
        engine.client.stop("away", timeout=0)

        found = {each.name: each for each in containers.find()}

        assert {name: each.is_up for name, each in found.items()} == {"web": True, "away": False}
        assert look(found["web"].check, found["web"].call_params).fault == ""
