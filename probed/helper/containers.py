"""What needs root on containers: Docker's own API, over its Unix socket."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from probed.helper.done import Done, OperationFailed, OperationRefused, OperationUnclear

SOCKET = "/var/run/docker.sock"
NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}")
PROTECTED = ("cortex*",)
"""Ours: neither these nor what takes them along, whatever any policy says."""
SHORT_S = 10.0
JOB_S = 90.0
"""How long a start or a stop may take; a container has ten seconds to end by itself, unless it was given more."""
MAX_ANSWER_BYTES = 8_388_608

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Target:
    name: str
    before: Facts

    def order(self, word: str, did: str) -> Done:
        """By its id: meanwhile the name may have become another's."""
        container_id = str(self.before["Id"])
        _ask("POST", f"/containers/{container_id}/{word}", JOB_S)
        try:
            after = _ask("GET", f"/containers/{container_id}/json", SHORT_S)
        except OperationFailed as error:
            raise OperationUnclear(f"{did} {self.name}, but {error}") from error
        return Done(f"{did} {self.name}", _facts(self.name, self.before), _facts(self.name, after))


def restart_container(params: Mapping[str, object]) -> Done:
    return _target(params, interrupts=True).order("restart", "restarted")


def start_container(params: Mapping[str, object]) -> Done:
    return _target(params, interrupts=False).order("start", "started")


def stop_container(params: Mapping[str, object]) -> Done:
    target = _target(params, interrupts=True)
    if target.before["HostConfig"].get("AutoRemove"):
        raise OperationRefused(f"{target.name} would be removed with its end")
    return target.order("stop", "stopped")


OPERATIONS: Mapping[str, Callable[[Mapping[str, object]], Done]] = {
    "restart_container": restart_container,
    "start_container": start_container,
    "stop_container": stop_container,
}


def fault_of_name(name: object) -> str:
    """Why it cannot be the name of a container; empty where it can."""
    return "" if isinstance(name, str) and NAME.fullmatch(name) else "expected the name of a container"


def is_protected(name: str, never: Sequence[str] = ()) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in (*PROTECTED, *never))


def _target(params: Mapping[str, object], *, interrupts: bool) -> Target:
    if fault := fault_of_name(params.get("container")):
        raise OperationRefused(fault)
    name, never = str(params["container"]), params.get("never", ())
    if not isinstance(never, list | tuple):
        raise OperationRefused("`never` is no list")
    facts = _ask("GET", f"/containers/{name}/json", SHORT_S)
    if facts["Name"] != f"/{name}":
        raise OperationRefused(f"{name} is no name, but the beginning of an id")
    touched = {name, *_aliases(facts), *(_sharers(facts["Id"]) if interrupts else ())}
    _refuse(name, touched, [str(pattern) for pattern in never])
    return Target(name, facts)


def _refuse(name: str, touched: Collection[str], never: Sequence[str]) -> None:
    protected = sorted(each for each in touched if is_protected(each, never))
    if protected:
        raise OperationRefused(f"{name}: {protected[0]} is never touched")


def _aliases(facts: Facts) -> set[str]:
    """The names by which other containers reach it."""
    networks = (facts.get("NetworkSettings") or {}).get("Networks") or {}
    return {alias for network in networks.values() for alias in (network or {}).get("Aliases") or ()}


def _sharers(container_id: str) -> set[str]:
    """The running containers that use its network: with its end they lose it."""
    listed: list[Facts] = _ask("GET", "/containers/json", SHORT_S)
    with_it = [each for each in listed if each["HostConfig"].get("NetworkMode") == f"container:{container_id}"]
    return {name.removeprefix("/") for each in with_it for name in each["Names"]}


def _facts(name: str, facts: Facts) -> Mapping[str, object]:
    state = facts["State"]
    return {
        "container": name,
        "id": facts["Id"],
        "status": state["Status"],
        "pid": state["Pid"],
        "exit_code": state["ExitCode"],
        "started_at": state["StartedAt"],
    }


def _ask(method: str, path: str, deadline_s: float) -> Any:
    """Raises OperationRefused where nothing was done, OperationFailed, and OperationUnclear where the engine goes on
    with an order."""
    address = _address()
    lost = OperationFailed if method == "GET" else OperationUnclear
    connection = _Connection(address, deadline_s)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        body = answer.read(MAX_ANSWER_BYTES)
    except PermissionError as error:
        raise OperationRefused(f"uid {os.geteuid()} has no right to use the Docker engine at {address}") from error
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise OperationRefused(f"there is no Docker engine at {address}") from error
    except TimeoutError as error:
        raise lost(f"the Docker engine gave no answer within {deadline_s:g} s") from error
    except (OSError, http.client.HTTPException) as error:
        raise lost(f"the Docker engine at {address} broke off: {error}") from error
    finally:
        connection.close()
    return _told(answer.status, body)


def _told(status: int, body: bytes) -> Any:
    try:
        told = json.loads(body) if body else {}
    except ValueError as error:
        raise OperationFailed("the Docker engine gave no JSON") from error
    if status == 404:
        raise OperationRefused(told.get("message", "there is no such container"))
    if status >= 400:
        raise OperationFailed(f"the Docker engine said: {told.get('message', status)}")
    return told


def _address() -> str:
    host = os.environ.get("DOCKER_HOST") or f"unix://{SOCKET}"
    if not host.startswith("unix:///"):
        raise OperationRefused(f"the Docker engine at {host} is not this host's")
    return host.removeprefix("unix://")


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
