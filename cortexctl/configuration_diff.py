"""How the configuration that is written differs from the one in force."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cortexctl.child import output_of, probed
from cortexctl.exits import Exit
from cortexctl.failure import Failure
from cortexctl.text import one_line

if TYPE_CHECKING:
    from probed.wire.configuration import ConfigurationShape

WITHIN_S = 30.0


@dataclass(frozen=True)
class Difference:
    in_force: Mapping[str, object]
    written: Mapping[str, object]
    """What differs of each, by key."""
    needs_restart: list[str]

    @property
    def is_empty(self) -> bool:
        return not (self.in_force or self.written)

    @property
    def lines(self) -> Iterator[str]:
        for key in {**self.in_force, **self.written}:
            for sign, side in (("-", self.in_force), ("+", self.written)):
                if key in side:
                    yield one_line(f"{sign} {key}: {json.dumps(side[key], ensure_ascii=False)}")

    @property
    def wire(self) -> Mapping[str, object]:
        return {"in_force": self.in_force, "written": self.written, "needs_restart": self.needs_restart}


def difference(in_force: ConfigurationShape, options: list[str]) -> Difference:
    """`options` name the file for `probed`. Raises Failure where it cannot be used."""
    before, after = dict(leaves("", in_force.settings)), dict(leaves("", _written(options)))
    return Difference(_without(before, after), _without(after, before), in_force.needs_restart)


def _without(these: Mapping[str, object], others: Mapping[str, object]) -> Mapping[str, object]:
    return {key: value for key, value in these.items() if key not in others or others[key] != value}


def leaves(key: str, value: object) -> Iterator[tuple[str, object]]:
    """Lists count as one value."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from leaves(f"{key}.{name}" if key else name, inner)
    else:
        yield key, value


def _written(options: list[str]) -> object:
    try:
        return json.loads(output_of(probed("config", "show", "--json", *options), within_s=WITHIN_S))
    except ValueError:
        raise Failure("what probed printed is no JSON") from None
    except Failure as failure:
        raise Failure(failure.message.removeprefix("probed: "), exit_=Exit.USAGE) from None
