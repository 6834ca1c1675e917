"""What systemd and Docker know of what depends on what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from probed.core.dependency import Edge
from probed.errors import NotHere
from probed.host import docker, systemd

DOCKER_UNIT = "docker.service"


@dataclass(frozen=True, slots=True)
class HostTopology:
    asks_systemd: bool = True
    asks_docker: bool = True

    def edges(self) -> Sequence[Edge]:
        """Blocking; nothing from what is not on this host, or may not be asked. Raises HostFailed."""
        return [*self._of_systemd(), *self._of_docker()]

    def _of_systemd(self) -> Iterator[Edge]:
        if not self.asks_systemd:
            return
        try:
            requirements = systemd.requirements()
        except NotHere:
            return
        for unit, needs in requirements.items():
            if _node(unit) != unit:  # an alert may be about the folder, or about the unit
                yield Edge(_node(unit), unit)
            yield from (Edge(unit, _node(need)) for need in needs if _node(need) != "/")

    def _of_docker(self) -> Iterator[Edge]:
        if not self.asks_docker:
            return
        try:
            requirements = docker.requirements()
        except NotHere:
            return
        for container, needs in requirements.items():
            yield Edge(container, DOCKER_UNIT)
            yield from (Edge(container, need) for need in needs)


def _node(unit: str) -> str:
    """A mount is known by its folder. The root of all is left out: nearly everything needs it."""
    return systemd.mount_point(unit) if unit.endswith(".mount") else unit
