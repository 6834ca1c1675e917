"""Containers of the Docker engine on this host."""

from __future__ import annotations

import contextlib
import math
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from probed.errors import HostFailed, NotHere

if TYPE_CHECKING:
    from docker import APIClient

SOCKET = "/var/run/docker.sock"
WHAT = "the Docker engine"
REMEDY = "add the daemon's user to the group docker"


@dataclass(frozen=True, slots=True)
class Container:
    id: str
    name: str
    image: str
    status: str
    """`created`, `running`, `paused`, `restarting`, `removing`, `exited`, `dead`."""
    exit_code: int
    oom_killed: bool
    error: str
    """Why the engine could not start it; empty otherwise."""
    health: str
    """`healthy`, `unhealthy`, `starting`; empty where the image defines no health check."""
    health_output: str
    """What the newest health check said, cut at 500 characters."""
    restart_policy: str
    """`no`, `on-failure`, `always`, `unless-stopped`."""
    max_retries: int
    restarts: int
    started_at: str
    finished_at: str
    """RFC 3339, UTC; year 1 where it never was."""


def containers(*, deadline_s: float = 5.0) -> tuple[Container, ...]:
    """Every container, also those that do not run. Raises NotHere, HostFailed."""
    with _engine(deadline_s) as engine:
        found = []
        for listed in engine.containers(all=True):
            with contextlib.suppress(_not_found()):  # it was removed in between
                found.append(_container(engine.inspect_container(listed["Id"])))
        return tuple(found)


def was_stopped(container: Container, *, deadline_s: float = 5.0) -> bool | None:
    """Whether the engine itself ended the container, because somebody asked it to.

    The engine remembers its newest events only; None where it no longer knows this end. Raises NotHere, HostFailed.
    """
    ended = _timestamp(container.finished_at)
    with _engine(deadline_s) as engine:
        filters = {"container": [container.id], "event": ["kill", "die"]}
        events = list(engine.events(since=ended - 60, until=ended + 2, filters=filters, decode=True))
    ends = [index for index, event in enumerate(events) if event.get("Action") == "die"]
    if not ends:
        return None
    earlier_end = ends[-2] if len(ends) > 1 else -1
    return any(event.get("Action") == "kill" for event in events[earlier_end + 1 : ends[-1]])


@contextlib.contextmanager
def _engine(deadline_s: float) -> Iterator[APIClient]:
    """`deadline_s` holds for each request. The library costs 12 MiB, so it is loaded only where there is an engine."""
    address = os.environ.get("DOCKER_HOST") or f"unix://{SOCKET}"
    _require_socket(address)
    import requests
    from docker import APIClient
    from docker.errors import DockerException

    try:
        with contextlib.closing(APIClient(base_url=address, version="auto", timeout=math.ceil(deadline_s))) as engine:
            yield engine
    except (DockerException, requests.RequestException, OSError) as error:
        raise HostFailed(f"the Docker engine at {address} gave no answer: {error}") from error


def _require_socket(address: str) -> None:
    path = address.removeprefix("unix://")
    if not path.startswith("/"):
        return
    try:
        is_socket = stat.S_ISSOCK(os.stat(path).st_mode)
    except PermissionError:
        raise NotHere(WHAT, REMEDY) from None
    except OSError:
        raise NotHere(WHAT) from None
    if not is_socket:
        raise NotHere(WHAT)
    if not os.access(path, os.R_OK | os.W_OK, effective_ids=True):
        raise NotHere(WHAT, REMEDY)


def _not_found() -> type[Exception]:
    from docker.errors import NotFound

    return NotFound


def _container(facts: Mapping[str, Any]) -> Container:
    state, host = facts["State"], facts.get("HostConfig") or {}
    health, policy = state.get("Health") or {}, host.get("RestartPolicy") or {}
    log = health.get("Log") or [{}]
    return Container(
        id=facts["Id"],
        name=str(facts.get("Name", "")).removeprefix("/"),
        image=str((facts.get("Config") or {}).get("Image", "")),
        status=str(state.get("Status", "")),
        exit_code=int(state.get("ExitCode") or 0),
        oom_killed=bool(state.get("OOMKilled")),
        error=str(state.get("Error") or ""),
        health="" if health.get("Status") in (None, "none") else str(health["Status"]),
        health_output=str(log[-1].get("Output") or "").strip()[:500],
        restart_policy=str(policy.get("Name") or "no"),
        max_retries=int(policy.get("MaximumRetryCount") or 0),
        restarts=int(facts.get("RestartCount") or 0),
        started_at=str(state.get("StartedAt", "")),
        finished_at=str(state.get("FinishedAt", "")),
    )


def _timestamp(text: str) -> int:
    """Whole seconds since the epoch; the engine writes nanoseconds, which datetime does not read."""
    return int(datetime.fromisoformat(text.split(".")[0].removesuffix("Z") + "+00:00").timestamp())
