"""Machines on which this tree is installed as the service: copies of one, on which that was done once in a test run."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from tests.real.docker_engine import DockerEngine, docker_engine
from tests.real.machine import Machine, machine

TREE = Path(__file__).parents[2]
CHECKOUT = "/srv/cortex"
INSTALL_S = 600.0


@contextlib.contextmanager
def installed_machine(folder: Path) -> Iterator[Machine]:
    """The tree lies in CHECKOUT, and the service runs. `folder` keeps the image for all that run in parallel."""
    image = folder / "installed.tar"
    with docker_engine() as engine:
        with (folder / "installed.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not image.exists():
                _make_image(engine, image)
        with machine(engine, image) as booted:
            yield booted


def _make_image(engine: DockerEngine, image: Path) -> None:
    part = image.with_suffix(".part")
    with machine(engine) as booted:
        booted.put(TREE, CHECKOUT)
        done = booted.run("./install.sh --with-web </dev/null", cwd=CHECKOUT, timeout_s=INSTALL_S)
        assert done.returncode == 0, done.stderr
        stopped = booted.run("systemctl stop cortex-probed cortex-helper.socket cortex-helper.service")
        assert stopped.returncode == 0, stopped.stderr
        booted.save(part)
    part.rename(image)
