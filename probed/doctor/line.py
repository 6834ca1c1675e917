"""One line of the doctor: what was looked at, how it is, what to do."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass


class Status(enum.StrEnum):
    """Ordered: the later one is worse."""

    PASS = "pass"  # noqa: S105
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class DoctorLine:
    name: str
    status: Status
    detail: str
    remedy: str = ""
    """The command, or the words, that mend it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A line without its name."""

    status: Status
    detail: str
    remedy: str = ""


def passes(detail: str) -> Answer:
    return Answer(Status.PASS, detail)


def warns(detail: str, remedy: str) -> Answer:
    return Answer(Status.WARN, detail, remedy)


def fails(detail: str, remedy: str) -> Answer:
    return Answer(Status.FAIL, detail, remedy)


ASK_AS_ROOT = "run the doctor as the daemon's user, or as root"


def fails_as_told(error: Exception, otherwise: str) -> Answer:
    """Where the error's own words end in what to type, that is the remedy, else `otherwise`."""
    detail, _, command = str(error).partition("; type: ")
    return fails(detail, command or otherwise)


def worst(lines: Sequence[DoctorLine]) -> Status:
    return max((line.status for line in lines), key=list(Status).index, default=Status.PASS)
