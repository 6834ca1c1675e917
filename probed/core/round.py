"""What the looks of one round have in common: they begin at the same time, so what one has read serves the others."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

T = TypeVar("T")


@dataclass(slots=True)
class _Answer(Generic[T]):
    lock: threading.Lock = field(default_factory=threading.Lock)
    is_known: bool = False
    value: T | None = None


class Round:
    def __init__(self) -> None:
        self._answers: dict[object, _Answer[object]] = {}

    def once(self, key: object, read: Callable[[], T]) -> T:
        """What `read` returns to the first who asks; the others wait for it. Where it raises, the next one tries."""
        answer = cast(_Answer[T], self._answers.setdefault(key, _Answer()))
        with answer.lock:
            if not answer.is_known:
                answer.value, answer.is_known = read(), True
            return cast(T, answer.value)


ROUND: ContextVar[Round | None] = ContextVar("round", default=None)
"""Set where checks are asked side by side; who looks alone reads for himself."""


def once_a_round(key: object, read: Callable[[], T]) -> T:
    this = ROUND.get()
    return read() if this is None else this.once(key, read)
