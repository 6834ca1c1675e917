"""Containers of the Docker engine on this host."""

from __future__ import annotations

import contextlib
import json
import math
import os
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from probed.core.breaker import BreakerFacts
from probed.errors import HostFailed, NotHere
from probed.host.circuit import Circuit
from probed.host.familiar_containers import Familiar, name_of

if TYPE_CHECKING:
    from docker import APIClient
    from docker.types.daemon import CancellableStream

SOCKET = "/var/run/docker.sock"
PROJECT, SERVICE, DEPENDS_ON = (f"com.docker.compose.{name}" for name in ("project", "service", "depends_on"))
SIGNALLED_BEFORE_S = 60
"""How long before its end a container may have been asked to stop."""
SETTLED_S = 10.0
SHARED = "container:"
MOST_REQUESTS = 20
"""Of one look; it is lost when it takes longer than so many."""
WHOLE = 4
"""A look at all containers takes at most so many deadlines of a request."""
_circuits: dict[str, Circuit] = {}
_familiar: dict[str, Familiar] = {}
"""Both by the engine's address."""
REMEDY = "add the daemon's user to the group docker"


TOLD = ("create", "destroy", "die", "health_status", "oom", "pause", "rename", "start", "unpause")
"""Events after which a container may be judged otherwise than before."""
BREATH_S = 0.005
"""Between two events: a storm of them waits with the engine."""


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
    started_at: datetime | None
    finished_at: datetime | None
    """Both aware, UTC; None where it never was."""
    pid: int = 0
    """Of its first process, as this host counts; 0 where none runs."""
    network_of: str = ""
    """The id of the container whose network it uses; empty where it has its own, the host's or none."""
    auto_remove: bool = False
    """It is removed with its end."""
    aliases: tuple[str, ...] = ()
    """The names by which other containers reach it."""
    image_id: str = ""


def containers(*, deadline_s: float = 5.0) -> tuple[Container, ...]:
    """Every container, also those that do not run. Raises NotHere, HostFailed."""
    until = time.monotonic() + WHOLE * deadline_s
    with connected(deadline_s) as engine:

        def inspect(container_id: str) -> Container | None:
            with contextlib.suppress(not_found()):  # it was removed in between
                return _container(engine.inspect_container(container_id))
            return None

        began = time.time()
        return _familiar.setdefault(_address(), Familiar()).look(engine.containers(all=True), began, inspect, until)


def requirements(*, deadline_s: float = 5.0) -> Mapping[str, tuple[str, ...]]:
    """For each container the names of those that it depends on, as compose noted it in their labels. Raises NotHere,
    HostFailed."""
    with connected(deadline_s) as engine:
        listed = [(name_of(each), each.get("Labels") or {}) for each in engine.containers(all=True)]
    services: dict[tuple[str, str], list[str]] = {}
    for name, labels in listed:
        services.setdefault((labels.get(PROJECT, ""), labels.get(SERVICE, "")), []).append(name)
    return {
        name: tuple(sorted(one for need in _needs(labels) for one in services.get((labels.get(PROJECT, ""), need), ())))
        for name, labels in listed
    }


def _needs(labels: Mapping[str, str]) -> list[str]:
    """Of `db:service_healthy:false,cache:service_started:true` the services."""
    return [part.partition(":")[0] for part in labels.get(DEPENDS_ON, "").split(",") if part]


def find(name: str, *, deadline_s: float = 5.0) -> Container | None:
    """The container of exactly this name; the beginning of an id is none. Raises NotHere, HostFailed."""
    with connected(deadline_s) as engine:
        try:
            found = _container(engine.inspect_container(name))
        except not_found():
            return None
    return found if found.name == name else None


def is_looping(container: Container) -> bool:
    """A look between two ends finds it running: the engine waits only after each end, and forgets that after 10 s."""
    if container.restarts < 2:
        return False
    if container.status == "restarting":
        return True
    if container.status != "running" or container.started_at is None:
        return False
    return (datetime.now(UTC) - container.started_at).total_seconds() < SETTLED_S


def was_stopped(container: Container, *, deadline_s: float = 5.0) -> bool | None:
    """Whether the engine itself ended the container, because somebody asked it to.

    The engine remembers its newest events only; None where it no longer knows this end. Raises NotHere, HostFailed.
    """
    signals = signals_of_end(container, deadline_s=deadline_s)
    return None if signals is None else bool(signals)


def signals_of_end(container: Container, *, deadline_s: float = 5.0) -> tuple[str, ...] | None:
    """The numbers of those that the engine sent to the container before its newest end; None where it no longer knows
    this end. Raises NotHere, HostFailed."""
    if container.finished_at is None:
        return None
    with connected(deadline_s) as engine:
        events = _ends(engine, container.id, container.finished_at, deadline_s)
    ends = [index for index, event in enumerate(events) if event.get("Action") == "die"]
    if not ends:
        return None
    before = ends[-2] + 1 if len(ends) > 1 else 0
    kills = [event for event in events[before : ends[-1]] if event.get("Action") == "kill"]
    return tuple(str((kill.get("Actor") or {}).get("Attributes", {}).get("signal", "")) for kill in kills)


class EventStream:
    """What the engine says of its containers by itself; blocking, for a thread of its own."""

    def __init__(self) -> None:
        self._stream: CancellableStream[Mapping[str, Any]] | None = None
        self._is_closed = False

    @contextlib.contextmanager
    def opened(self, *, deadline_s: float = 5.0) -> Iterator[Iterator[str]]:
        """The names of the containers that something happens to, until the stream is closed. `deadline_s`: of the
        engine's first answer. Raises NotHere, and HostFailed also where the engine ends."""
        address = _address()
        _require_socket(address)
        import requests
        from docker import APIClient
        from docker.errors import DockerException

        try:
            with contextlib.closing(
                APIClient(base_url=address, version="auto", timeout=math.ceil(deadline_s))
            ) as engine:
                self._stream = engine.events(decode=True, filters={"type": "container", "event": list(TOLD)})
                if self._is_closed:
                    self.close()
                yield self._names()
        except (DockerException, requests.RequestException, OSError, ValueError) as error:
            if not self._is_closed:
                raise HostFailed(f"the Docker engine at {address} gave no answer: {error}") from error

    def close(self) -> None:
        """From any thread: what waits for the next event waits no longer."""
        self._is_closed = True
        if self._stream is not None:
            with contextlib.suppress(Exception):  # it has ended already, in one of several ways
                self._stream.close()

    def _names(self) -> Iterator[str]:
        for event in self._stream or ():
            yield str((event.get("Actor") or {}).get("Attributes", {}).get("name", ""))
            time.sleep(BREATH_S)
        if not self._is_closed:
            raise HostFailed("the Docker engine has ended")


def _ends(engine: APIClient, container_id: str, ended: datetime, deadline_s: float) -> list[Mapping[str, Any]]:
    """Who sent signals to the container around that moment, and when it ended; oldest first.

    The library's own `events` knows no time-out. The window ends now at the latest, else the engine would wait for it.
    """
    window = {
        "since": f"{ended.timestamp() - SIGNALLED_BEFORE_S:.6f}",
        "until": f"{min(ended.timestamp() + 2, time.time()):.6f}",
        "filters": json.dumps({"container": [container_id], "event": ["kill", "die"]}),
    }
    answer = engine.get(f"{engine.base_url}/v{engine.api_version}/events", params=window, timeout=deadline_s)
    answer.raise_for_status()
    return [json.loads(line) for line in answer.text.splitlines() if line]


@contextlib.contextmanager
def connected(deadline_s: float) -> Iterator[APIClient]:
    """`deadline_s` holds for each request. The library costs 12 MiB, so it is loaded only where there is an engine."""
    address = _address()
    _require_socket(address)
    import requests
    from docker import APIClient
    from docker.errors import DockerException

    circuit = _circuit(address)
    circuit.begin(MOST_REQUESTS * deadline_s)
    try:
        with contextlib.closing(APIClient(base_url=address, version="auto", timeout=math.ceil(deadline_s))) as engine:
            yield engine
    except (DockerException, requests.RequestException, OSError, ValueError) as error:
        if _is_answer(error):
            circuit.succeed()
        else:
            circuit.fail(" ".join(str(error).split())[:200])
        raise HostFailed(f"the Docker engine at {address} gave no answer: {error}") from error
    except BaseException:
        circuit.abandon()
        raise
    else:
        circuit.succeed()


def breaker(now: datetime) -> BreakerFacts | None:
    """Of the engine; None where nobody asked it yet."""
    circuit = _circuits.get(_address())
    return circuit.facts("docker", now) if circuit else None


def _circuit(address: str) -> Circuit:
    return _circuits.setdefault(address, Circuit(f"the Docker engine at {address}"))


def _address() -> str:
    return os.environ.get("DOCKER_HOST") or f"unix://{SOCKET}"


def _is_answer(error: Exception) -> bool:
    """A refusal comes from an engine that works."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    return isinstance(status, int) and status < 500


def _require_socket(address: str) -> None:
    path = address.removeprefix("unix://")
    if not path.startswith("/"):
        return
    try:
        is_socket = stat.S_ISSOCK(os.stat(path).st_mode)
    except PermissionError:
        raise NotHere("the Docker engine", REMEDY) from None
    except OSError:
        is_socket = False
    if not is_socket:
        raise NotHere("Docker engine")
    if not os.access(path, os.R_OK | os.W_OK, effective_ids=True):
        raise NotHere("the Docker engine", REMEDY)


def not_found() -> type[Exception]:
    from docker.errors import NotFound

    return NotFound


def _container(facts: Mapping[str, Any]) -> Container:
    state, host = facts["State"], facts.get("HostConfig") or {}
    health, policy = state.get("Health") or {}, host.get("RestartPolicy") or {}
    log = health.get("Log") or [{}]
    mode, networks = str(host.get("NetworkMode") or ""), (facts.get("NetworkSettings") or {}).get("Networks") or {}
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
        started_at=_moment(state.get("StartedAt")),
        finished_at=_moment(state.get("FinishedAt")),
        pid=int(state.get("Pid") or 0),
        network_of=mode.removeprefix(SHARED) if mode.startswith(SHARED) else "",
        auto_remove=bool(host.get("AutoRemove")),
        image_id=str(facts.get("Image") or ""),
        aliases=tuple(sorted({alias for each in networks.values() for alias in (each or {}).get("Aliases") or ()})),
    )


def _moment(text: str | None) -> datetime | None:
    """The engine writes the year 1 for never."""
    return datetime.fromisoformat(text) if text and not text.startswith("0001-") else None
