"""Containers that run and that the engine starts again by itself."""

from __future__ import annotations

from collections.abc import Iterator

from probed.discovery.proposal import Found, Kind
from probed.host import docker

KIND = Kind(
    "found-containers",
    "Containers that run here",
    "every 1m",
    """\
Do the containers of this host run that the engine is told to keep up?

When there is a finding: read the container's newest log lines and its exit code; tell whether it ended by itself, was
killed for lack of memory, or was stopped.
""",
    actions="{L2: [restart_container]}",
    drops=True,
)


def find() -> Iterator[Found]:
    """Raises HostFailed and NotHere."""
    for container in docker.containers():
        if container.restart_policy not in ("", "no"):
            is_up = container.status == "running"
            yield Found(KIND.id, "docker_container", container.name, {}, "", listed="containers", is_up=is_up)
