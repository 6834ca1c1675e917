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
    covered_by: str = ""
    """What the list of another document may hold instead of the name: `auto`, or a pattern."""
    settled: tuple[str, ...] = ()
    """Parameters that a person of this host set elsewhere, as the times of a job: a line with others is behind them."""
    is_optional: bool = False
    """Only where its check has something to say."""
    to_do: str = ""
    """What a person has to do before its check has something to say; empty: what the check itself says."""
    unit: str = ""
    """The service behind it: where that is gone, so is this."""
    detail: str = ""
    """What else is told of it."""

    @property
    def key(self) -> str:
        return f"{self.check} {self.name}"

    @property
    def call_params(self) -> Mapping[str, object]:
        """Of a check for it alone."""
        return {**({self.listed: [self.name]} if self.listed else {}), **self.params}


@dataclass(frozen=True, slots=True)
class Noted:
    """A thing for which no check is proposed, because others tell of it already, or because nothing of it is here."""

    topic: str
    name: str
    watched_by: str = ""


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
    noted: tuple[Noted, ...] = ()
