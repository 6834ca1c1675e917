from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import pytest

from probed.agent.sandbox.container import MAKE_IMAGE
from tests.real.docker_engine import docker_engine
from tests.real.packages import program


@pytest.fixture(scope="module")
def engine() -> Iterator[str]:
    """The address of a Docker engine that has the image of the sandbox, made as the guide says."""
    program("docker", "docker.io")
    with docker_engine() as started:
        env = {**os.environ, "DOCKER_HOST": started.address}
        subprocess.run(["sh", "-c", MAKE_IMAGE.format("cortex-agent")], check=True, capture_output=True, env=env)
        yield started.address
