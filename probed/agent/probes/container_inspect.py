from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from probed.agent.probes.command_line import masked_command
from probed.agent.probes.parameters import ContainerName, Rows
from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.table import MAX_LINE, Cell, Table
from probed.agent.probes.text import masked_setting
from probed.host import container_details

LIMITS = ("Memory", "MemorySwap", "NanoCpus", "CpuQuota", "CpuShares", "PidsLimit", "OomKillDisable")
HARDENING = ("Privileged", "ReadonlyRootfs", "CapAdd", "CapDrop", "SecurityOpt", "NetworkMode", "PidMode", "IpcMode")
STATE = ("Status", "ExitCode", "OOMKilled", "Error", "StartedAt", "FinishedAt", "Pid")


@dataclass(frozen=True, slots=True)
class Params:
    name: ContainerName
    limit: Rows = 80


def look(params: Params) -> Table:
    rows = list(_rows(container_details.inspected(params.name)))
    return Table(("fact", "value"), rows, limit=params.limit, max_cell=MAX_LINE)


def _rows(found: Mapping[str, Any]) -> Iterator[Sequence[Cell]]:
    config, host, state = (found.get(name) or {} for name in ("Config", "HostConfig", "State"))
    yield "name", str(found.get("Name", "")).removeprefix("/")
    yield "image", str(config.get("Image", ""))
    yield "image id", str(found.get("Image", ""))
    yield "created", str(found.get("Created", ""))
    yield "command", masked_command([str(found.get("Path", "")), *map(str, found.get("Args") or ())])
    yield "user", str(config.get("User") or "root")
    yield from _chosen("state", state, STATE)
    yield "restart policy", _plain(host.get("RestartPolicy"))
    yield "restarts", found.get("RestartCount")
    yield from _chosen("limit", host, LIMITS)
    yield from _chosen("host", host, HARDENING)
    yield "log driver", str((host.get("LogConfig") or {}).get("Type", ""))
    yield "health check", masked_command([str(each) for each in (config.get("Healthcheck") or {}).get("Test") or ()])
    yield "variables of its environment, without values", _names(config.get("Env"))
    yield from (("mount", _mount(each)) for each in found.get("Mounts") or ())
    yield from _network(found.get("NetworkSettings") or {})
    yield from ((f"label {name}", masked_setting(name, str(value))) for name, value in _items(config.get("Labels")))


def _chosen(group: str, facts: Mapping[str, Any], names: Sequence[str]) -> Iterator[Sequence[Cell]]:
    return ((f"{group} {name}", _plain(facts[name])) for name in names if facts.get(name) not in (None, "", [], 0))


def _mount(mount: Mapping[str, Any]) -> str:
    mode = "rw" if mount.get("RW") else "ro"
    return f"{mount.get('Type')} {mount.get('Source') or mount.get('Name')} at {mount.get('Destination')} ({mode})"


def _network(settings: Mapping[str, Any]) -> Iterator[Sequence[Cell]]:
    for name, each in _items(settings.get("Networks")):
        yield f"network {name}", f"{(each or {}).get('IPAddress') or 'no address'}"
    for port, bound in _items(settings.get("Ports")):
        places = [f"{each.get('HostIp')}:{each.get('HostPort')}" for each in bound or ()]
        yield f"port {port}", ", ".join(places) or "not published"


def _names(variables: object) -> str:
    given = variables if isinstance(variables, list) else []
    return " ".join(sorted(str(each).partition("=")[0] for each in given))


def _items(mapping: object) -> Iterator[tuple[str, Any]]:
    return iter(sorted(mapping.items())) if isinstance(mapping, Mapping) else iter(())


def _plain(value: object) -> Cell:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {each}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


PROBE = Probe(
    "container_inspect",
    "How a Docker container is set up: command, limits, mounts, networks, labels; of its environment the names alone.",
    Params,
    looking("container_inspect", look),
)
