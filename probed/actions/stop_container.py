"""`stop_container`: stop a container that runs.

Parameters: `container` (the document has to name it).
"""

from __future__ import annotations

from collections.abc import Mapping

from probed.actions.container import DOWN, ContainerAction, look_back, state
from probed.actions.performer import Performer
from probed.config.actions import ActionsSettings
from probed.core.action import Executed, Risk
from probed.host.docker import Container

UP = ("running", "restarting")


def build(settings: ActionsSettings, performer: Performer) -> StopContainer:
    return StopContainer(settings, performer)


class StopContainer(ContainerAction):
    """Only where a document names the container, or a person is asked: no finding asks for a stop by itself."""

    name = "stop_container"
    title = "Stop a container"
    risk = Risk.MEDIUM
    blast_radius = "the container, and those that use its network"
    reversible = True
    daily_cap = 6

    def obstacle(self, container: Container, params: Mapping[str, object]) -> str:
        if container.auto_remove:
            return f"{container.name} would be removed with its end"
        return "" if container.status in UP else f"{container.name} is {state(container)}"

    def fault_after(self, seen: Container, params: Mapping[str, object], executed: Executed | None) -> str:
        return "" if seen.status in DOWN else f"{seen.name} is {state(seen)}"

    def roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> Executed:
        container = look_back(self.object_of(self.validate(params)), before)
        if container.status not in DOWN:
            return Executed(f"nothing to put back: {container.name} is {state(container)} already")
        return self.perform("start_container", {"container": container.name})

    def refusal_of_roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> str:
        return self.refusal("start_container", self.object_of(self.validate(params)))
