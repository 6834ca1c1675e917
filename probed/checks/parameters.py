"""Parameters that several checks share."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, BeforeValidator, Field

from probed.config.values import Duration, Names, percent, seconds, size_bytes
from probed.core.finding import Severity
from probed.core.regex import compile_regex
from probed.core.threshold import Threshold
from probed.errors import ParameterError


def unless_off(parse: Callable[[object], float]) -> Callable[[object], float | None]:
    """`off` (or nothing) switches a bound off."""
    return lambda value: None if value in (None, False, "off") else parse(value)


def number(value: object) -> float:
    """Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{value!r} is not a number")
    return float(value)


def absolute(path: str) -> str:
    """Raises ValueError."""
    if not path.startswith("/"):
        raise ValueError(f"{path!r} is not an absolute path")
    return path


def regexes(values: tuple[str, ...]) -> tuple[str, ...]:
    """Raises ValueError where one is none of RE2."""
    for value in values:
        compile_regex(value)
    return values


For = Annotated[float, Duration, Field(alias="for")]
"""How long a state must last before it is a finding."""
Timeout = Annotated[float, Duration, Field(alias="timeout", gt=0, le=300)]
"""How long the check waits for an answer."""
PercentBound = Annotated[float | None, BeforeValidator(unless_off(percent))]
NumberBound = Annotated[float | None, BeforeValidator(unless_off(number))]
Regexes = Annotated[tuple[str, ...], Names, AfterValidator(regexes)]
SizeBound = Annotated[int | None, BeforeValidator(unless_off(size_bytes))]
SeverityOrOff = Annotated[
    Severity | None, BeforeValidator(lambda value: None if value in (None, False, "off") else value)
]
DurationBound = Annotated[float | None, BeforeValidator(unless_off(seconds))]
FullWithin = Annotated[DurationBound, Field(alias="full_within")]
"""A finding where it will surely be full so soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Where a number becomes a warning, where it becomes critical, and beyond which value that has passed (`clear`)."""

    below: ClassVar[bool] = False
    """The number is bad when it is too small."""
    warning: NumberBound = None
    critical: NumberBound = None
    clear: NumberBound = None
    for_s: For = 0.0

    @property
    def threshold(self) -> Threshold:
        return Threshold(self.warning, self.critical, self.clear, self.for_s, self.below)

    def fitted(self, given: Collection[str]) -> Self:
        """A default that contradicts what the document says yields. Raises ParameterError where both are the
        document's own."""
        fitting = self
        if self._is_beyond(self.warning, self.critical):
            if {"warning", "critical"} <= set(given):
                raise ParameterError("critical", f"{self.critical:g} comes before the warning at {self.warning:g}")
            fitting = replace(self, critical=None) if "warning" in given else replace(self, warning=None)
        raised_at = fitting.critical if fitting.warning is None else fitting.warning
        if self._is_beyond(self.clear, raised_at):
            if "clear" in given:
                raise ParameterError("clear", f"{self.clear:g} is beyond the {raised_at:g} that raises the finding")
            fitting = replace(fitting, clear=None)
        return fitting

    def _is_beyond(self, bound: float | None, other: float | None) -> bool:
        if bound is None or other is None:
            return False
        return bound < other if self.below else bound > other


@dataclass(frozen=True, slots=True, kw_only=True)
class PercentBounds(Bounds):
    warning: PercentBound = None
    critical: PercentBound = None
    clear: PercentBound = None


def lasting(for_s: float) -> Threshold | None:
    """For an observation that knows its severity itself: only how long it must last."""
    return Threshold(for_s=for_s) if for_s else None
