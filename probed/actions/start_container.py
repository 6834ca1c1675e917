"""`start_container`: start a container that has ended, or was never started.

Parameters: `container` (the one that the finding names, where it is down).
"""

from __future__ import annotations

from collections.abc import Mapping

from probed.actions.container import DOWN, ContainerAction, Sharers, look_back, reason_not_up, state
from probed.actions.performer import Performer
from probed.config.actions import ActionsSettings
from probed.core.action import Executed, Risk
from probed.core.finding import Finding
from probed.host.docker import Container


def build(settings: ActionsSettings, performer: Performer) -> StartContainer:
    return StartContainer(settings, performer)


class StartContainer(ContainerAction):
    name = "start_container"
    title = "Start a container"
    risk = Risk.LOW
    blast_radius = "the container alone"
    reversible = True

    def helps(self, finding: Finding) -> bool:
        return finding.evidence.get("status") in DOWN

    def reach(self, seen: Container) -> Sharers:
        """A start takes nothing away."""
        return ()

    def obstacle(self, container: Container, params: Mapping[str, object]) -> str:
        if container.auto_remove:
            return f"{container.name} could not be stopped again: it is removed with its end"
        return "" if container.status in DOWN else f"{container.name} is {state(container)}"

    def fault_after(self, seen: Container, params: Mapping[str, object], executed: Executed | None) -> str:
        return reason_not_up(seen)

    def roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> Executed:
        container = look_back(self.object_of(self.validate(params)), before)
        if container.status in DOWN:
            return Executed(f"nothing to put back: {container.name} is {state(container)} already")
        return self.perform("stop_container", {"container": container.name})

    def refusal_of_roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> str:
        return self.refusal("stop_container", self.object_of(self.validate(params)))
