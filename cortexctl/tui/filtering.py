"""What somebody typed to see fewer rows: a part that the daemon understands, and words that a row has to have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Filter:
    """`failed disk` asks the daemon for `state=failed`, where it knows that word, and keeps the rows with `disk`."""

    text: str = ""
    asked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By what the daemon filters, with the words that it knows; none: any."""

    @property
    def query(self) -> dict[str, str]:
        return dict(known for word in self.text.split() if (known := self._asked(word)))

    @property
    def words(self) -> list[str]:
        return [word.casefold() for word in self.text.split() if not self._asked(word)]

    @property
    def sieves(self) -> bool:
        """Whether rows are left out here, so that more of them have to be asked for."""
        return bool(self.words)

    @property
    def note(self) -> str:
        return f"/{' '.join(self.text.split())}" if self.text.strip() else ""

    def keeps(self, row: str) -> bool:
        """`row` in small letters."""
        return all(word in row for word in self.words)

    def _asked(self, word: str) -> tuple[str, str] | None:
        name, _, value = word.partition("=")
        if name in self.asked and value:
            return (name, value) if not self.asked[name] or value in self.asked[name] else None
        return next(((name, word) for name, values in self.asked.items() if word in values), None)
