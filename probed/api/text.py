"""What a text that others wrote may be."""

from __future__ import annotations

import re
from dataclasses import dataclass

from probed.api.problems import Invalid

CONTROL = re.compile(r"[\x00-\x1f\x7f]")
CONTROL_IN_PROSE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Text:
    """Fewest and most characters. None is a control character: they would reach terminals; prose may have lines and
    tabs."""

    fewest: int
    most: int
    is_prose: bool = False

    def check(self, field: str, text: str) -> None:
        """Raises Invalid."""
        if not self.fewest <= len(text) <= self.most:
            raise Invalid(field, f"must have {self.fewest} to {self.most} characters, not {len(text)}")
        if (CONTROL_IN_PROSE if self.is_prose else CONTROL).search(text):
            raise Invalid(field, "must not hold control characters")
