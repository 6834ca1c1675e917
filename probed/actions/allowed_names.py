"""The allow-set that no name of an object (a unit, a container) leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from probed.core.pattern import fits_any
from probed.errors import ParameterError


@dataclass(frozen=True, slots=True)
class AllowedNames:
    parameter: str
    """`unit`; its settings are those of `actions.units`."""
    allow: Sequence[str]
    never: Sequence[str]
    fault_of: Callable[[object], str]
    """Why something cannot be a name at all; empty where it can."""
    is_protected: Callable[[str], bool]
    """Whether it is left alone whatever the configuration says."""

    @property
    def own(self) -> Mapping[str, object]:
        """What an operation has to obey where no policy of root's speaks."""
        return {"never": list(self.never)}

    def parse(self, given: object) -> str:
        """Raises ParameterError."""
        if fault := self.fault_of(given):
            raise ParameterError(self.parameter, fault)
        name = str(given)
        if not fits_any(name, self.allow):
            raise ParameterError(self.parameter, f"{name} is not in actions.{self.parameter}s.allow")
        if against := self._against(name, self.never):
            raise ParameterError(self.parameter, f"{name} is {against}")
        return name

    def first_against(self, names: Iterable[str], words: str, never: Sequence[str] | None = None) -> str:
        """Why the first of the names that may not be touched may not be; `words` says what would happen to `{}`. Empty
        where all may."""
        patterns = self.never if never is None else never
        reasons = ((name, self._against(name, patterns)) for name in names)
        return next((f"{words.format(name)}, which is {reason}" for name, reason in reasons if reason), "")

    def _against(self, name: str, never: Sequence[str]) -> str:
        if fits_any(name, never):
            return f"in actions.{self.parameter}s.never"
        return "never touched" if self.is_protected(name) else ""
