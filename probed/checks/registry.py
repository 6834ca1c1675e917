"""The checks that documents can name: a module each, imported on first use.

A check's module holds `Params`, a frozen dataclass of keyword parameters, and `look(params) -> CheckAnswer`. A field in
seconds ends in `_s` and has the name without it as its alias, which is what a document writes. One that compares with
its last look, over restarts of the daemon too, has `look_since(params, known) -> (CheckAnswer, Memory)` instead: what
it returns is stored together with the report, and handed to it the next time. With `concerns(params) ->
Sequence[Concern]` a module says of what the host tells by itself it wants to be asked for at once. Other packages bring
modules of the same shape (`probed/plugins.py`).
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

from pydantic import TypeAdapter, ValidationError

from probed.checks import tuning
from probed.checks.parameters import Bounds
from probed.checks.tuning import Judgement, Tuning, tuning_of
from probed.config.nearest import nearest
from probed.core.host_event import Concern
from probed.core.inspection import CheckCall
from probed.core.observation import Absent, CheckAnswer, Memory
from probed.core.threshold import Threshold
from probed.errors import BrokenPlugin, CheckFailed, HostFailed, NotHere, ParameterError
from probed.plugins import CHECKS, Plugin, made_of, plugins

BUILT_IN = {
    "accounts": "probed.checks.accounts",
    "backup": "probed.checks.backup",
    "battery": "probed.checks.battery",
    "bonding": "probed.checks.bonding",
    "btrfs": "probed.checks.btrfs",
    "clock": "probed.checks.clock",
    "command": "probed.checks.command",
    "conntrack": "probed.checks.conntrack",
    "cpu": "probed.checks.cpu",
    "cpu_quota": "probed.checks.cpu_quota",
    "disk": "probed.checks.disk",
    "disk_io": "probed.checks.disk_io",
    "dns": "probed.checks.dns",
    "docker_container": "probed.checks.docker_container",
    "docker_images": "probed.checks.docker_images",
    "entropy": "probed.checks.entropy",
    "ext4": "probed.checks.ext4",
    "failed_logins": "probed.checks.failed_logins",
    "file": "probed.checks.file",
    "file_descriptors": "probed.checks.file_descriptors",
    "file_integrity": "probed.checks.file_integrity",
    "folder": "probed.checks.folder",
    "heartbeat": "probed.checks.heartbeat",
    "http": "probed.checks.http",
    "inodes": "probed.checks.inodes",
    "ipc": "probed.checks.ipc",
    "kernel_errors": "probed.checks.kernel_errors",
    "link_speed": "probed.checks.link_speed",
    "load": "probed.checks.load",
    "log_kinds": "probed.checks.log_kinds",
    "log_patterns": "probed.checks.log_patterns",
    "mdraid": "probed.checks.mdraid",
    "memory": "probed.checks.memory",
    "memory_errors": "probed.checks.memory_errors",
    "memory_stall": "probed.checks.memory_stall",
    "mounts": "probed.checks.mounts",
    "network": "probed.checks.network",
    "new_listeners": "probed.checks.new_listeners",
    "ntp": "probed.checks.ntp",
    "oom": "probed.checks.oom",
    "packet_queues": "probed.checks.packet_queues",
    "ping": "probed.checks.ping",
    "port": "probed.checks.port",
    "postgresql": "probed.checks.postgresql",
    "postgresql_connections": "probed.checks.postgresql_connections",
    "postgresql_indexes": "probed.checks.postgresql_indexes",
    "postgresql_queries": "probed.checks.postgresql_queries",
    "postgresql_statements": "probed.checks.postgresql_statements",
    "postgresql_wraparound": "probed.checks.postgresql_wraparound",
    "pressure": "probed.checks.pressure",
    "process_growth": "probed.checks.process_growth",
    "process_usage": "probed.checks.process_usage",
    "processes": "probed.checks.processes",
    "reboot": "probed.checks.reboot",
    "redis": "probed.checks.redis",
    "redis_keys": "probed.checks.redis_keys",
    "redis_memory": "probed.checks.redis_memory",
    "redis_slow_log": "probed.checks.redis_slow_log",
    "redis_state": "probed.checks.redis_state",
    "smart": "probed.checks.smart",
    "ssh_settings": "probed.checks.ssh_settings",
    "stuck_processes": "probed.checks.stuck_processes",
    "swap": "probed.checks.swap",
    "systemd_timer": "probed.checks.systemd_timer",
    "systemd_unit": "probed.checks.systemd_unit",
    "tcp": "probed.checks.tcp",
    "tcp_loss": "probed.checks.tcp_loss",
    "tcp_memory": "probed.checks.tcp_memory",
    "tcp_port": "probed.checks.tcp_port",
    "temperature": "probed.checks.temperature",
    "tls_certificate": "probed.checks.tls_certificate",
    "traffic": "probed.checks.traffic",
    "updates": "probed.checks.updates",
    "ups": "probed.checks.ups",
    "uptime": "probed.checks.uptime",
    "wifi": "probed.checks.wifi",
    "world_writable": "probed.checks.world_writable",
    "zfs": "probed.checks.zfs",
}


LookSince = Callable[[Any, Memory], tuple[CheckAnswer, Memory]]
MOST_AT_ONCE = 2
"""Looks of one check: the schedule's own, and one that verifies an action. More are those that have not come back."""


@dataclass(slots=True)
class BoundCheck:
    name: str
    remembers: bool
    concerns: Sequence[Concern]
    _look: LookSince
    _params: object
    _tuning: Tuning
    _places: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(MOST_AT_ONCE), compare=False)

    @property
    def bounds(self) -> Threshold | None:
        """Where its parameters say at once how its numbers are judged."""
        return self._params.threshold if isinstance(self._params, Bounds) else None

    def look(self) -> CheckAnswer:
        """Blocking; one that remembers looks as if for the first time. Raises CheckFailed."""
        return self.look_since({})[0]

    def look_since(self, known: Memory) -> tuple[CheckAnswer, Memory]:
        """Blocking. Raises CheckFailed; at once where looks before this one hang, so that they hold two threads and
        not each time one more."""
        if not self._places.acquire(blocking=False):
            raise CheckFailed("the looks before this one have not come back yet")
        try:
            return self._looked(known)
        finally:
            self._places.release()

    def _looked(self, known: Memory) -> tuple[CheckAnswer, Memory]:
        try:
            answer, memory = self._look(self._params, known)
        except NotHere as missing:
            return (Absent(missing.what, missing.remedy),), known
        except HostFailed as error:
            raise CheckFailed(str(error)) from error
        return self._tuning.applied(answer, datetime.now(UTC)), memory


@dataclass(frozen=True, slots=True)
class _Kind:
    """A check's module, loaded."""

    look: LookSince
    remembers: bool
    concerns: Callable[[Any], Sequence[Concern]]
    params: TypeAdapter[Any]
    names: frozenset[str]


class CheckRegistry:
    def __init__(self, modules: Mapping[str, str] = BUILT_IN) -> None:
        self._modules = dict(modules)
        self._kinds: dict[str, _Kind] = {}

    def names(self) -> Sequence[str]:
        return sorted({*self._modules, *self.plugins()})

    def plugins(self) -> Mapping[str, Plugin]:
        """What other packages bring; imports nothing."""
        return plugins(CHECKS, self._modules)

    def bind(self, call: CheckCall) -> BoundCheck:
        """Raises ParameterError: unknown or broken check, unknown or unusable parameter."""
        try:
            kind = self.load(call.check)
        except BrokenPlugin as broken:
            raise ParameterError("", str(broken)) from broken
        own = {name: value for name, value in call.params.items() if name not in tuning.NAMES}
        known = {*kind.names, *tuning.NAMES}
        for name in own:
            if name not in kind.names:
                raise ParameterError(str(name), f"unknown parameter; {nearest(str(name), known)}")
        params = _validated(kind.params, own)
        judgement = Judgement(own, lambda given: _validated(kind.params, given))
        tuned = tuning_of(call.params, judgement)
        return BoundCheck(call.check, kind.remembers, kind.concerns(params), kind.look, params, tuned)

    def load(self, name: str) -> _Kind:
        """Raises ParameterError and BrokenPlugin."""
        if name not in self._kinds:
            self._kinds[name] = self._loaded(name)
        return self._kinds[name]

    def _loaded(self, name: str) -> _Kind:
        if name in self._modules:
            return _kind_of(importlib.import_module(self._modules[name]))
        if plugin := self.plugins().get(name):
            return made_of(plugin, _kind_of)
        raise ParameterError("", f"unknown check {name!r}; {nearest(name, self.names())}")


def _kind_of(module: ModuleType) -> _Kind:
    names = frozenset(each.name.removesuffix("_s") for each in fields(module.Params))
    remembers = hasattr(module, "look_since")
    look = module.look_since if remembers else module.look
    if not callable(look):
        raise TypeError(f"`{'look_since' if remembers else 'look'}` is no function")
    concerns = getattr(module, "concerns", lambda params: ())
    return _Kind(look if remembers else _forgetful(look), remembers, concerns, TypeAdapter(module.Params), names)


def _forgetful(look: Callable[[Any], CheckAnswer]) -> LookSince:
    return lambda params, known: (look(params), known)


def _validated(adapter: TypeAdapter[Any], params: Mapping[str, object]) -> object:
    try:
        valid = adapter.validate_python(dict(params))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        reason = "is missing" if first["type"] == "missing" else first["msg"].removeprefix("Value error, ")
        raise ParameterError(str(first["loc"][0]), reason) from error
    return valid.fitted(params) if isinstance(valid, Bounds) else valid
