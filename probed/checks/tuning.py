"""What every check takes beside its own parameters: how many looks must agree, other bounds for some objects or hours,
and whether its numbers are compared with the past.

`looks: 3 of 5` lets a state count once three of the last five looks saw it. `overrides` is a list; each entry names
objects (names and shell patterns; none: all) and hours, or only one of both, and says what holds for them: bounds,
`for`, or `ignore: true`. Where several fit, the later ones win. `unusual` (off; on; or how far from the usual at least)
has the numbers compared with those of the same hour of the weeks before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from fnmatch import fnmatchcase
from math import inf
from typing import Annotated, Any, TypeVar, cast

from pydantic import BeforeValidator, TypeAdapter, ValidationError

from probed.checks.parameters import Bounds
from probed.config.hours import HoursSettings, hours_of
from probed.config.nearest import nearest
from probed.config.values import Duration, Names
from probed.core.hours import Hours
from probed.core.observation import Absent, CheckAnswer, Habit, Observation
from probed.core.threshold import Looks, Threshold
from probed.errors import ParameterError

T = TypeVar("T")
MOST_LOOKS = 100
MOST_OVERRIDES = 100
BOUNDS = ("warning", "critical", "clear", "for")
NAMES = ("looks", "overrides", "unusual")


def looks(value: object) -> Looks | None:
    """`3 of 5`. Raises ValueError."""
    if value is None:
        return None
    match = re.fullmatch(r"(\d{1,3}) of (\d{1,3})", str(value).strip())
    if not match or not 1 <= int(match[1]) <= int(match[2]) <= MOST_LOOKS:
        raise ValueError(f"{value!r} is no number of looks; write it like 3 of 5, with at most {MOST_LOOKS}")
    return Looks(int(match[1]), int(match[2]))


def unusual(value: object) -> Habit | None:
    """Raises ValueError."""
    if value is None or value is False or value == "off":
        return None
    if value is True or value == "on":
        return Habit()
    if isinstance(value, int | float) and 0 < value < inf:
        return Habit(float(value))
    raise ValueError(f"{value!r} is none of on, off, and a number: how far from the usual at least")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """For which objects and when an override holds, as a document says it."""

    objects: Annotated[tuple[str, ...], Names] = ()
    hours: HoursSettings | None = None
    ignore: bool = False


@dataclass(frozen=True, slots=True)
class Override:
    objects: tuple[str, ...]
    hours: Hours | None
    ignore: bool
    changes: Mapping[str, Any]
    """Fields of the threshold."""

    def fits(self, object_: str, now: datetime) -> bool:
        named = not self.objects or any(fnmatchcase(object_, pattern) for pattern in self.objects)
        return named and (self.hours is None or self.hours.at(now) is not None)


@dataclass(frozen=True, slots=True)
class Tuning:
    looks: Looks | None = None
    overrides: tuple[Override, ...] = ()
    habit: Habit | None = None

    def applied(self, answer: CheckAnswer, now: datetime) -> CheckAnswer:
        return tuple(self._items(answer, now))

    def _items(self, answer: CheckAnswer, now: datetime) -> Iterator[Observation | Absent]:
        for item in answer:
            if isinstance(item, Absent):
                yield item
                continue
            fitting = [each for each in self.overrides if each.fits(item.object, now)]
            if not any(each.ignore for each in fitting):
                yield self._tuned(item, fitting)

    def _tuned(self, seen: Observation, fitting: Iterable[Override]) -> Observation:
        threshold = seen.threshold or Threshold()
        for override in fitting:
            threshold = replace(threshold, **override.changes)
        threshold = replace(threshold, looks=self.looks)
        seen = replace(seen, habit=self.habit) if self.habit else seen
        return seen if threshold == (seen.threshold or Threshold()) else replace(seen, threshold=threshold)


@dataclass(frozen=True, slots=True)
class Judgement:
    """How the parameters of a check judge: what they make of its bounds."""

    params: Mapping[str, object]
    validated: Callable[[Mapping[str, object]], object]
    """Raises ParameterError."""

    def changes(self, bounds: Mapping[str, object]) -> Mapping[str, Any]:
        """What another threshold these bounds beside the other parameters make. Raises ParameterError."""
        before = self.validated(self.params)
        if isinstance(before, Bounds):
            after = self.validated({**self.params, **bounds})
            old, new = before.threshold, cast(Bounds, after).threshold
            both = ((each.name, getattr(old, each.name), getattr(new, each.name)) for each in fields(Threshold))
            return {name: now for name, was, now in both if now != was}
        for name in bounds:
            if name != "for":
                raise ParameterError(name, "this check judges without bounds; an override can say `for` and `ignore`")
        return {"for_s": _checked("for", FOR, bounds["for"])} if bounds else {}


def tuning_of(given: Mapping[str, object], judgement: Judgement) -> Tuning:
    """Raises ParameterError."""
    entries = given.get("overrides") or []
    if not isinstance(entries, Sequence) or isinstance(entries, str) or len(entries) > MOST_OVERRIDES:
        raise ParameterError("overrides", f"is not a list of at most {MOST_OVERRIDES} entries")
    found, habit = _checked("looks", LOOKS, given.get("looks")), _checked("unusual", UNUSUAL, given.get("unusual"))
    return Tuning(found, tuple(_override(number, entry, judgement) for number, entry in enumerate(entries)), habit)


def _override(number: int, entry: object, judgement: Judgement) -> Override:
    place = f"overrides[{number}]"
    if not isinstance(entry, Mapping):
        raise ParameterError(place, "is no mapping; write it like {objects: /srv, warning: 95%}")
    bounds = {name: value for name, value in entry.items() if name in BOUNDS}
    selected = _checked(place, SELECTED, {name: value for name, value in entry.items() if name not in BOUNDS})
    unknown = [name for name in entry if name not in (*BOUNDS, *SELECTORS)]
    if unknown:
        raise ParameterError(f"{place}.{unknown[0]}", f"unknown; {nearest(str(unknown[0]), (*BOUNDS, *SELECTORS))}")
    if not selected.objects and not selected.hours:
        raise ParameterError(place, "names neither objects nor hours: write the bounds beside it instead")
    if not bounds and not selected.ignore:
        raise ParameterError(place, "changes nothing: give it bounds, `for`, or ignore: true")
    try:
        changes = judgement.changes(bounds)
    except ParameterError as error:
        raise ParameterError(f"{place}.{error.field}", error.reason) from error
    hours = hours_of(selected.hours) if selected.hours else None
    return Override(selected.objects, hours, selected.ignore, changes)


def _checked(name: str, adapter: TypeAdapter[T], value: object) -> T:
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join((name, *map(str, first["loc"])))
        raise ParameterError(place, first["msg"].removeprefix("Value error, ")) from error


LOOKS: TypeAdapter[Looks | None] = TypeAdapter(Annotated[Looks | None, BeforeValidator(looks)])
UNUSUAL: TypeAdapter[Habit | None] = TypeAdapter(Annotated[Habit | None, BeforeValidator(unusual)])
SELECTED = TypeAdapter(Selected)
SELECTORS = tuple(each.name for each in fields(Selected))
FOR: TypeAdapter[float] = TypeAdapter(Annotated[float, Duration])
