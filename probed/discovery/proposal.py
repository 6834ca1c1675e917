"""What discovery proposes: checks of documents, each for a thing that was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Found:
    """One thing on this host that is worth watching."""

    document: str
    """Id of the inspection that would watch it."""
    check: str
    name: str
    """What it is; together with document and check its identity from one discovery to the next."""
    params: Mapping[str, object]
    why: str
    listed: str = ""
    """The parameter that lists `name`s, where one look at several costs no more than one at each."""
    is_up: bool = True
    """False: it belongs here, but is not as it should be now. That is no reason to watch it no longer, nor to begin."""

    @property
    def key(self) -> str:
        return f"{self.check} {self.name}"


@dataclass(frozen=True, slots=True)
class Kind:
    """A document that discovery writes, as it begins."""

    id: str
    title: str
    schedule: str
    body: str
    actions: str = ""
    """The value of the front matter's `actions`."""
    drops: bool = False
    """Whether what is no longer found has gone. Where that may be the very fault, a line stays."""


@dataclass(frozen=True, slots=True)
class Survey:
    """All that one discovery saw."""

    found: tuple[Found, ...] = ()
    unseen: tuple[str, ...] = field(default_factory=tuple)
    """What could not be looked at, and what would help; what was found there before stays as it is."""
    blind: frozenset[str] = frozenset()
    """The documents of which not everything could be looked at."""
