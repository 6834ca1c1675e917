"""The section `maintenance`: windows that come again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator

from probed.config.hours import HoursSettings
from probed.core.matcher import parse_matchers


def _with_matchers(text: str) -> str:
    parse_matchers(text)
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowSettings(HoursSettings):
    name: str
    """What is worked on then; it stands in `cortexctl maintenance`."""
    matchers: tuple[Annotated[str, AfterValidator(_with_matchers)], ...] = ()
    """Which alerts it is about, as in `object="/srv"`; none: the whole host."""
    fixes: Literal["freeze", "permit"] = "freeze"
    """What becomes of known-safe fixes meanwhile."""
