"""`restart_container`: restart a container that does not run well; any other only where `even_if_up` says so.

Parameters: `container` (the one that the finding names), `even_if_up` (false).
"""

from __future__ import annotations

from collections.abc import Mapping

from probed.actions.container import DOWN, ContainerAction, reason_not_up, state
from probed.actions.observed_action import even_if_up
from probed.actions.performer import Performer
from probed.config.actions import ActionsSettings
from probed.core.action import Executed, Risk
from probed.core.finding import Finding
from probed.host import docker
from probed.host.docker import Container


def build(settings: ActionsSettings, performer: Performer) -> RestartContainer:
    return RestartContainer(settings, performer)


class RestartContainer(ContainerAction):
    name = "restart_container"
    title = "Restart a container"
    risk = Risk.LOW
    blast_radius = "the container, and those that use its network"
    own_parameters = ("even_if_up",)

    def helps(self, finding: Finding) -> bool:
        return True

    def own(self, params: Mapping[str, object]) -> Mapping[str, object]:
        return even_if_up(params)

    def obstacle(self, container: Container, params: Mapping[str, object]) -> str:
        if container.status in DOWN or container.health == "unhealthy" or docker.is_looping(container):
            return ""
        if container.status != "running":
            return f"{container.name} is {state(container)}"
        if params.get("even_if_up"):
            return ""
        return f"{container.name} is {state(container)} already; if it hangs, type: docker restart {container.name}"

    def fault_after(self, seen: Container, params: Mapping[str, object], executed: Executed | None) -> str:
        if fault := reason_not_up(seen):
            return fault
        same = executed is not None and executed.before.get("pid") == seen.pid
        return f"{seen.name} was not started anew" if same else ""
