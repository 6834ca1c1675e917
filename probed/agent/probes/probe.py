"""A probe: a read-only question about the host, with typed parameters."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from probed.agent.probes.cursors import CURSOR, OUTLINE, SCHEMA
from probed.agent.probes.table import Table
from probed.errors import ParameterError
from probed.ports import Workers

DEADLINE_S = 10.0
UNTOLD = ("maxLength", "minLength", "pattern")
OBVIOUS = (("default", ""), ("minimum", 0), ("minimum", 1))

Params = TypeVar("Params")


class Probe(Generic[Params]):
    """`params` is a dataclass; its fields' constraints and descriptions make the schema. `ask` runs on the event loop;
    `looking` makes one of blocking work."""

    def __init__(
        self,
        name: str,
        description: str,
        params: type[Params],
        ask: Callable[[Params, Workers, float], Awaitable[Table]],
    ) -> None:
        self.name, self.description = name, description
        self._adapter = TypeAdapter(params)
        fields = dataclasses.fields(params)  # type: ignore[arg-type]
        self._fields = tuple(field.name for field in fields)
        self._defaults = {each.name: each.default for each in fields if each.default is not dataclasses.MISSING}
        self._ask = ask

    def schema(self) -> dict[str, Any]:
        """JSON Schema of the arguments, without the titles that only repeat the names."""
        schema = self._adapter.json_schema()
        properties = {name: _without_title(each) for name, each in schema.get("properties", {}).items()}
        properties[CURSOR] = dict(SCHEMA)
        return {"type": "object", "properties": properties, "additionalProperties": False} | (
            {"required": schema["required"]} if "required" in schema else {}
        )

    def outline(self) -> dict[str, Any]:
        """The schema as a model is told it with every request: without bounds on texts, which are checked all the same,
        and which it does not come near."""
        schema = self.schema()
        properties = {name: _outlined(each) for name, each in schema["properties"].items()}
        return {**schema, "properties": {**properties, CURSOR: dict(OUTLINE)}}

    def with_defaults(self, arguments: Mapping[str, object]) -> dict[str, object]:
        return self._defaults | {name: value for name, value in arguments.items() if name != CURSOR}

    async def answer(self, arguments: object, workers: Workers, deadline_s: float) -> Table:
        """What is asked first: `cursor` is no argument here. Raises ParameterError where the arguments do not fit, and
        whatever the host's modules raise."""
        return await self._ask(self._bind(arguments), workers, deadline_s)

    def _bind(self, arguments: object) -> Params:
        unknown = set(arguments) - set(self._fields) if isinstance(arguments, dict) else set()
        if unknown:
            known = ", ".join(self._fields) or "none"
            raise ParameterError(str(min(unknown, key=str)), f"there is no such argument (there are: {known})")
        try:
            return self._adapter.validate_python({} if arguments is None else arguments)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise ParameterError(".".join(map(str, first["loc"])), first["msg"]) from error


def looking(name: str, look: Callable[[Params], Table]) -> Callable[[Params, Workers, float], Awaitable[Table]]:
    """`look` blocks; it is run beside the event loop."""

    async def ask(params: Params, workers: Workers, deadline_s: float) -> Table:
        return await workers.run(lambda: look(params), deadline_s=deadline_s, name=f"probe {name}")

    return ask


def _outlined(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key not in UNTOLD and (key, value) not in OBVIOUS}


def _without_title(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key != "title"}
