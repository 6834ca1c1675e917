"""The newest answer of each check, whoever asked: a run that looked earlier does not bring back what was then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from probed.core.inspection import Inspection
from probed.engine.looking import CheckResult


@dataclass(frozen=True, slots=True)
class Look:
    document_hash: str
    began: float
    result: CheckResult


@dataclass(slots=True)
class NewestLooks:
    _known: dict[tuple[str, int], Look] = field(default_factory=dict)
    """By inspection and the check's place in it."""

    def settle(self, inspection: Inspection, place: int, result: CheckResult, began: float) -> CheckResult:
        """Take in what a look brought that began then (monotonic), and return the newest there is."""
        key, look = (inspection.id, place), Look(inspection.document_hash, began, result)
        known = self._known.get(key)
        if known and known.document_hash == look.document_hash and known.began > began:
            return known.result
        self._known[key] = look
        return result

    def settle_all(self, inspection: Inspection, results: Sequence[CheckResult], began: float) -> list[CheckResult]:
        """Of all its checks, in their places."""
        return [self.settle(inspection, place, result, began) for place, result in enumerate(results)]

    def of(self, inspection: Inspection) -> dict[int, CheckResult]:
        """The newest of its checks, by place, as far as there are any."""
        return {
            place: look.result
            for (name, place), look in self._known.items()
            if name == inspection.id and look.document_hash == inspection.document_hash
        }

    def forget(self, inspection_id: str) -> None:
        self._known = {key: look for key, look in self._known.items() if key[0] != inspection_id}
