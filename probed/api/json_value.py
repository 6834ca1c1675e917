"""Free JSON in a body: it can say more than can be kept and shown again."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

from probed.api.problems import Invalid

DEEPEST = 32
"""How many objects and lists may lie within each other."""
LARGEST_INTEGER = 2**63 - 1
MOST_BYTES = 16 * 1024
"""Of one value, as compact JSON in UTF-8."""
MOST_NODES = 100_000
"""Of all the values of one body."""


class Unfit(Exception):
    """A part of the value is not usable."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.steps: list[str] = []
        """From the part to the whole: the place is put together only where something is wrong."""


class JsonCheck:
    """For the values of one body, one after the other."""

    def __init__(self) -> None:
        self._nodes = 0

    def check(self, value: Any, place: str) -> None:
        """Raises Invalid with the place of what is wrong, as in `findings[0].evidence.a[1]`."""
        if not value:
            return
        try:
            self._visit(value, 0)
        except Unfit as fault:
            raise Invalid(place + "".join(reversed(fault.steps)), fault.reason) from None
        size_bytes = len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
        if size_bytes > MOST_BYTES:
            raise Invalid(place, f"must have {MOST_BYTES} bytes of JSON at most, not {size_bytes}")

    def _visit(self, value: Any, depth: int) -> None:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise Unfit(f"the body must hold {MOST_NODES} values at most")
        match value:
            case str():
                if "\0" in value:
                    raise Unfit("must not hold a NUL character")
            case bool():
                return
            case int():
                if abs(value) > LARGEST_INTEGER:
                    raise Unfit("must be a whole number of 64 bits")
            case float():
                if not math.isfinite(value):
                    raise Unfit("must be a finite number")
            case dict():
                if any("\0" in name for name in value):
                    raise Unfit("must not hold a NUL character in a name")
                self._visit_all(value.items(), depth + 1)
            case list():
                self._visit_all(enumerate(value), depth + 1)

    def _visit_all(self, items: Iterable[tuple[str | int, Any]], depth: int) -> None:
        if depth > DEEPEST:
            raise Unfit(f"must not be nested deeper than {DEEPEST}")
        for step, inner in items:
            try:
                self._visit(inner, depth)
            except Unfit as fault:
                fault.steps.append(f"[{step}]" if isinstance(step, int) else f".{step}")
                raise
