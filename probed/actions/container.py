"""What the actions on containers have in common: how they look at them, and which others they must not hit."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from probed.actions.allowed_names import AllowedNames
from probed.actions.observed_action import LOOKS_APART_S, ObservedAction, words
from probed.actions.performer import Performer
from probed.config.actions import ActionsSettings
from probed.errors import ActionFailed, HostFailed, NotHere
from probed.helper.containers import JOB_S, fault_of_name, is_protected
from probed.host import docker
from probed.host.docker import Container

CHECK = "docker_container"
DOWN = ("created", "exited")
HEALTH_S = 20.0
"""How long the verification waits for the first answer of a health check."""
TICK_S = 0.5

Sharers = tuple[str, ...]
"""Names of running containers that use the network of another."""


class ContainerAction(ObservedAction[Container, Sharers]):
    object_kind = "container"
    own_check = CHECK
    checks = ObservedAction.checks | {CHECK}
    operation_s = JOB_S + 25

    def __init__(self, settings: ActionsSettings, performer: Performer, looks_apart_s: float = LOOKS_APART_S) -> None:
        containers = settings.containers
        allowed = AllowedNames("container", containers.allow, containers.never, fault_of_name, is_protected)
        super().__init__(allowed, performer, looks_apart_s)

    def look(self, name: str) -> Container:
        return look(name)

    def settled(self, name: str) -> Container:
        end = time.monotonic() + HEALTH_S
        while (seen := look(name)).health == "starting" and time.monotonic() < end:
            time.sleep(TICK_S)
        return seen

    def reach(self, seen: Container) -> Sharers:
        running = (each for each in docker.containers() if each.status == "running")
        return tuple(sorted(each.name for each in running if each.network_of == seen.id))

    def reason_against(self, seen: Container, reach: Sharers, params: Mapping[str, object]) -> str:
        return (
            self.allowed.first_against(seen.aliases, f"{seen.name} is also {{}}")
            or self.obstacle(seen, params)
            or self.allowed.first_against(reach, "{} would lose its network")
        )

    def obstacle(self, container: Container, params: Mapping[str, object]) -> str:
        """Why there is nothing for it to do, or why it must not be done; empty: it may."""
        return ""

    def state(self, seen: Container) -> str:
        return f"{seen.name} is {state(seen)}"

    def snapshot(self, seen: Container, reach: Sharers) -> Mapping[str, object]:
        """One that the engine keeps restarting changes all the time; that it does is the fact."""
        told = {"container": seen.name, "id": seen.id, "lose_network": list(reach)}
        if docker.is_looping(seen):
            return {**told, "status": "restarting"}
        since = seen.started_at.isoformat() if seen.started_at else None
        return {**told, "status": seen.status, "exit_code": seen.exit_code, "health": seen.health, "started_at": since}

    def intent(self, seen: Container, reach: Sharers, params: Mapping[str, object]) -> Sequence[str]:
        process = f"process {seen.pid}" if seen.pid else "no process"
        lines = [f"would {self.verb} {seen.name} ({seen.image}), which is {state(seen)}, {process}"]
        return [*lines, f"use its network: {', '.join(reach)}"] if reach else lines

    @property
    def verb(self) -> str:
        return self.name.partition("_")[0]

    def start_of(self, seen: Container) -> object:
        return seen.restarts, seen.started_at

    def success(self, seen: Container) -> str:
        return f"{seen.name} is {state(seen)} and stays so"


def look(name: str) -> Container:
    """Raises NotHere, HostFailed."""
    found = docker.find(name)
    if found is None:
        raise HostFailed(f"there is no container {name}")
    return found


def look_back(name: str, before: Mapping[str, object]) -> Container:
    """For a roll-back. Raises ActionFailed, also where the name is another container's by now."""
    try:
        found = look(name)
    except (NotHere, HostFailed) as error:
        raise ActionFailed(words(error)) from error
    if before.get("id", found.id) != found.id:
        raise ActionFailed(f"{name} is another container than before")
    return found


def state(container: Container) -> str:
    """`exited (exit code 3)`, `running (unhealthy)`."""
    if docker.is_looping(container):
        return f"started again and again (exit code {container.exit_code})"
    if container.status == "exited":
        return f"exited (exit code {container.exit_code})"
    return f"{container.status} ({container.health})" if container.health else container.status


def reason_not_up(container: Container) -> str:
    """Empty where it runs, and its health check, if it has one, is content."""
    if container.status != "running":
        return f"{container.name} is {state(container)}"
    return f"{container.name} is {state(container)}" if container.health not in ("", "healthy") else ""
