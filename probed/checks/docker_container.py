"""Containers of the Docker engine that have failed, or that do not run though they should.

Parameters: `containers` (auto, or names and shell patterns), `exclude` (patterns), `restarts` (5; how often the engine
may have started one again by itself `within` 15m; `off`), `memory` (90%; of its limit, without what the kernel can take
back; `off`), `memory_for` (5m), `for` (0s).

`auto`: a container that is dead or was killed for lack of memory is critical; one that ended with an exit code other
than 0, is restarting again and again, cannot be started or is unhealthy is a warning; so is one whose memory is near
its limit, as the object `NAME memory`. A container that is named must run: if it does not, that is critical (a minute
later where somebody stopped it, who may start it again), also where there is no engine any more; if there is none of
this name, a warning. What somebody stopped is no fault under `auto`. The engine tells so by what it does not do (with
the restart policy `always` or `unless-stopped` it would have started it again) and by its newest events; where it no
longer knows, the exit codes 137 and 143, which `docker stop` leaves behind, count as a stop (137 not where memory
lacked). A finding proposes `restart_container`. Its evidence has exit code, health, restarts and the restart policy.

Example:
  - docker_container: {containers: [auto, web], exclude: ["build-*"], for: 1m}
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from probed.checks.exit_code import meaning
from probed.checks.parameters import For, NumberBound, PercentBound, lasting
from probed.checks.restart_rate import Restarts
from probed.config.values import Duration, Names
from probed.core.finding import ActionCall, Severity
from probed.core.host_event import ANY, Concern, EventSource
from probed.core.inspection import duration_text
from probed.core.observation import CheckAnswer, Memory, Observation
from probed.core.pattern import fits_any, is_pattern
from probed.core.size import size_text
from probed.core.threshold import Threshold
from probed.errors import NotHere
from probed.host import cgroup, docker
from probed.host.docker import Container

AUTO = "auto"
KILLED, TERMINATED = 137, 143
"""128 plus SIGKILL or SIGTERM."""
STOP_CODES = (KILLED, TERMINATED)
RESTARTING_POLICIES = ("always", "unless-stopped")
SETTLED_S = 10.0
SIGKILL = "9"
STOP_GRACE_S = 60.0
"""A named container that somebody stopped so long ago is no fault yet."""
MAX_REMEMBERED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    containers: Annotated[tuple[str, ...], Names] = (AUTO,)
    exclude: Annotated[tuple[str, ...], Names] = ()
    restarts: NumberBound = 5
    within_s: Annotated[float, Duration, Field(alias="within", gt=0)] = 900.0
    memory: PercentBound = 90.0
    memory_for_s: Annotated[float, Duration, Field(alias="memory_for")] = 300.0
    for_s: For = 0.0


def concerns(params: Params) -> Sequence[Concern]:
    names = tuple(ANY if name == AUTO else name for name in params.containers)
    return (Concern(EventSource.DOCKER, names, params.exclude),)


@dataclass(frozen=True, slots=True)
class Fault:
    severity: Severity
    text: str


def look_since(params: Params, known: Memory) -> tuple[CheckAnswer, Memory]:
    names = [name for name in params.containers if name != AUTO]
    try:
        found = [each for each in docker.containers() if not fits_any(each.name, params.exclude)]
    except NotHere as missing:
        if missing.remedy or not (must_run := [name for name in names if not is_pattern(name)]):
            raise
        return tuple(_without_engine(name, params) for name in must_run), known
    counts = {each.name: each.restarts for each in found}
    restarts = Restarts.remembered(known).since(counts, time.time(), params.within_s)
    answer = tuple(_observations(names, found, restarts, params))
    return answer or (Observation("containers", "there are no containers"),), restarts.memory()


def _observations(
    names: Sequence[str], found: Sequence[Container], restarts: Restarts, params: Params
) -> Iterator[Observation]:
    for container in found:
        is_named = fits_any(container.name, names)
        if is_named or AUTO in params.containers:
            fault = named_fault(container) if is_named else automatic_fault(container)
            if fault and is_named and _was_stopped_just_now(container):
                fault = None
            if not fault and params.restarts and (times := restarts.lately(container.name)) >= params.restarts:
                serious = Severity.CRITICAL if is_named else Severity.WARNING
                fault = Fault(serious, f"was started again {times} times within {duration_text(params.within_s)}")
            yield _observation(container, fault, params)
            yield from _memory(container, params)
    for name in names:
        if not is_pattern(name) and all(each.name != name for each in found):
            yield Observation(
                name,
                f"there is no container {name}",
                threshold=lasting(params.for_s),
                severity=Severity.WARNING,
                boot_grace=True,
            )


def _without_engine(name: str, params: Params) -> Observation:
    """It may be that somebody has stopped the engine, and starts it again."""
    return Observation(
        name,
        f"{name} does not run: no Docker engine is on this host",
        threshold=lasting(max(params.for_s, STOP_GRACE_S)),
        severity=Severity.CRITICAL,
        boot_grace=True,
    )


def named_fault(container: Container) -> Fault | None:
    """What is wrong with a container that should run; None: nothing."""
    if docker.is_looping(container):
        return Fault(Severity.CRITICAL, _loop_text(container))
    if container.status == "running":
        return _health_fault(container)
    if container.status == "restarting":
        return None
    return Fault(Severity.CRITICAL, _state_text(container))


def automatic_fault(container: Container) -> Fault | None:
    """What is wrong with a container that nobody named; None: nothing."""
    if docker.is_looping(container):
        return Fault(Severity.WARNING, _loop_text(container))
    if container.status == "running":
        return _health_fault(container)
    if container.status == "dead" or (_lacked_memory(container) and not _was_stopped(container)):
        return Fault(Severity.CRITICAL, _state_text(container))
    if container.error:
        return Fault(Severity.WARNING, _state_text(container))
    if container.status == "exited" and container.exit_code and not _was_stopped(container):
        return Fault(Severity.WARNING, _state_text(container))
    return None


def _loop_text(container: Container) -> str:
    return f"is started again and again, {container.restarts} times so far: exit code {meaning(container.exit_code)}"


def _health_fault(container: Container) -> Fault | None:
    if container.health != "unhealthy":
        return None
    said = container.health_output.splitlines()
    return Fault(Severity.WARNING, f"is unhealthy: {said[-1]}" if said else "is unhealthy")


def _state_text(container: Container) -> str:
    if container.error:
        return f"could not be started: {container.error}"
    if _lacked_memory(container):
        return "was killed for lack of memory"
    if container.status == "exited":
        return f"has ended with exit code {meaning(container.exit_code)}"
    return f"is {container.status}"


def _lacked_memory(container: Container) -> bool:
    """The engine also says so long after, and where only a child of the program was killed."""
    return container.status == "exited" and container.oom_killed and container.exit_code == KILLED


def _was_stopped_just_now(container: Container) -> bool:
    """Whoever stops a container may be about to start it again; whoever kills it is not."""
    if container.status != "exited" or not _ended_within(container, STOP_GRACE_S):
        return False
    return any(number != SIGKILL for number in docker.signals_of_end(container) or ())


def _ended_within(container: Container, seconds: float) -> bool:
    ended = container.finished_at
    return ended is not None and (datetime.now(UTC) - ended).total_seconds() < seconds


_stops: dict[tuple[str, datetime | None], bool] = {}
"""What the engine's events told of an end, by container and moment; they are gone sooner than the container."""


def _was_stopped(container: Container) -> bool:
    if container.restart_policy in RESTARTING_POLICIES:
        return True
    if container.restart_policy == "on-failure" and not container.max_retries:
        return True
    looks_stopped = container.exit_code in STOP_CODES and not _lacked_memory(container)
    key = (container.id, container.finished_at)
    if key not in _stops:
        told = docker.was_stopped(container)
        if told is None and _ended_within(container, SETTLED_S):  # it may not be among the events yet
            return looks_stopped
        if len(_stops) >= MAX_REMEMBERED:
            _stops.clear()
        _stops[key] = looks_stopped if told is None else told
    return _stops[key]


def _observation(container: Container, fault: Fault | None, params: Params) -> Observation:
    said = fault.text if fault else f"is {container.health or container.status}"
    return Observation(
        container.name,
        f"{container.name} {said}",
        threshold=lasting(params.for_s),
        severity=fault.severity if fault else None,
        evidence=_evidence(container),
        proposed_action=ActionCall("restart_container", {"container": container.name}) if fault else None,
        boot_grace=True,
    )


def _memory(container: Container, params: Params) -> Iterator[Observation]:
    limits = cgroup.limits_of(container.pid) if container.pid and params.memory is not None else None
    if not limits or not limits.memory_max_bytes:
        return
    percent = round(100.0 * limits.held_bytes / limits.memory_max_bytes, 1)
    most = size_text(limits.memory_max_bytes)
    yield Observation(
        f"{container.name} memory",
        f"{container.name} holds {size_text(limits.held_bytes)} of the {most} that it may have, {percent:g}%",
        percent,
        "%",
        Threshold(warning=params.memory, for_s=params.memory_for_s),
        evidence={"held_bytes": limits.held_bytes, "limit_bytes": limits.memory_max_bytes},
        boot_grace=True,
    )


def _evidence(container: Container) -> dict[str, object]:
    return {
        "status": container.status,
        "image": container.image,
        "id": container.id[:12],
        "exit_code": container.exit_code,
        "oom_killed": container.oom_killed,
        "error": container.error,
        "health": container.health,
        "health_output": container.health_output,
        "restart_policy": container.restart_policy,
        "restarts": container.restarts,
        "started_at": container.started_at.isoformat() if container.started_at else None,
        "finished_at": container.finished_at.isoformat() if container.finished_at else None,
    }
