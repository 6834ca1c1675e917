"""What a cell of the database holds: times as microseconds since 1970 (UTC), structures as compact JSON text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from probed.core.finding import Severity

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
_RANKS = " ".join(f"WHEN '{severity}' THEN {severity.rank}" for severity in Severity)
SEVERITY_RANK = f"CASE severity {_RANKS} END"
"""The severity of a row as SQL that can be put in order."""
UNREADABLE = (ValueError, TypeError, OverflowError, RecursionError)
"""What a cell raises that somebody else has written."""


def micros(moment: datetime) -> int:
    """Exact, unlike a float of seconds: the hash of an intent depends on its time. Raises TypeError when naive."""
    return (moment - EPOCH) // MICROSECOND


def micros_or_none(moment: datetime | None) -> int | None:
    return None if moment is None else micros(moment)


def moment(cell: int) -> datetime:
    return EPOCH + timedelta(microseconds=cell)


def moment_or_none(cell: int | None) -> datetime | None:
    return None if cell is None else moment(cell)


def _plain(value: object) -> object:
    """Evidence comes from anywhere: what JSON does not know is kept as its text, never a reason to lose a report. The
    hashes of decisions and intents are made the same way, so they still fit what is read back."""
    return dict(value) if isinstance(value, Mapping) else str(value)


_encode = json.JSONEncoder(separators=(",", ":"), default=_plain, check_circular=False).encode
_encode_sorted = json.JSONEncoder(separators=(",", ":"), default=_plain, check_circular=False, sort_keys=True).encode


def to_json(value: object) -> str:
    return _encode(value)


def to_sorted_json(value: object) -> str:
    """The same text for equal values, so that it can be searched for."""
    return _encode_sorted(value)


def mapping(cell: str) -> dict[str, Any]:
    """Raises ValueError, TypeError or RecursionError where it is none."""
    value = json.loads(cell) if cell != "{}" else {}
    if not isinstance(value, dict):
        raise TypeError("no mapping")
    return value


def texts(cell: str) -> tuple[str, ...]:
    return tuple(json.loads(cell)) if cell != "[]" else ()


def texts_to_json(values: Sequence[str]) -> str:
    return _encode(list(values)) if values else "[]"
