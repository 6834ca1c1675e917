"""The checks that documents can name: a module each, imported on first use.

A check's module holds `Params`, a frozen dataclass of keyword parameters, and `look(params) -> CheckAnswer`. A field in
seconds ends in `_s` and has the name without it as its alias, which is what a document writes.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from pydantic import TypeAdapter, ValidationError

from probed.checks.parameters import Bounds
from probed.config.nearest import nearest
from probed.core.inspection import CheckCall
from probed.core.observation import Absent, CheckAnswer
from probed.errors import CheckFailed, HostFailed, NotHere, ParameterError

BUILT_IN = {
    "clock": "probed.checks.clock",
    "command": "probed.checks.command",
    "cpu": "probed.checks.cpu",
    "disk": "probed.checks.disk",
    "docker_container": "probed.checks.docker_container",
    "file": "probed.checks.file",
    "http": "probed.checks.http",
    "inodes": "probed.checks.inodes",
    "load": "probed.checks.load",
    "memory": "probed.checks.memory",
    "pressure": "probed.checks.pressure",
    "processes": "probed.checks.processes",
    "swap": "probed.checks.swap",
    "systemd_unit": "probed.checks.systemd_unit",
    "tcp_port": "probed.checks.tcp_port",
    "tls_certificate": "probed.checks.tls_certificate",
}


@dataclass(slots=True)
class BoundCheck:
    name: str
    _look: Callable[[Any], CheckAnswer]
    _params: object

    def look(self) -> CheckAnswer:
        """Blocking. Raises CheckFailed."""
        try:
            return self._look(self._params)
        except NotHere as missing:
            return (Absent(missing.what, missing.remedy),)
        except HostFailed as error:
            raise CheckFailed(str(error)) from error


@dataclass(frozen=True, slots=True)
class _Kind:
    """A check's module, loaded."""

    look: Callable[[Any], CheckAnswer]
    params: TypeAdapter[Any]
    names: frozenset[str]


class CheckRegistry:
    def __init__(self, modules: Mapping[str, str] = BUILT_IN) -> None:
        self._modules = dict(modules)
        self._kinds: dict[str, _Kind] = {}

    def names(self) -> Sequence[str]:
        return sorted(self._modules)

    def bind(self, call: CheckCall) -> BoundCheck:
        """Raises ParameterError: unknown check, unknown or unusable parameter."""
        if call.check not in self._modules:
            raise ParameterError("", f"unknown check {call.check!r}; {nearest(call.check, self._modules)}")
        kind = self._kinds.get(call.check) or self._load(call.check)
        for name in call.params:
            if name not in kind.names:
                raise ParameterError(str(name), f"unknown parameter; {nearest(str(name), kind.names)}")
        return BoundCheck(call.check, kind.look, _validated(kind.params, call.params))

    def _load(self, name: str) -> _Kind:
        module = importlib.import_module(self._modules[name])
        adapter = TypeAdapter(module.Params)
        names = frozenset(each.name.removesuffix("_s") for each in fields(module.Params))
        kind = self._kinds[name] = _Kind(module.look, adapter, names)
        return kind


def _validated(adapter: TypeAdapter[Any], params: Mapping[str, object]) -> object:
    try:
        valid = adapter.validate_python(dict(params))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        reason = "is missing" if first["type"] == "missing" else first["msg"].removeprefix("Value error, ")
        raise ParameterError(str(first["loc"][0]), reason) from error
    return valid.fitted(params) if isinstance(valid, Bounds) else valid
