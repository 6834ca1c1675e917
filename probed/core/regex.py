"""Regular expressions by RE2, which Alertmanager uses: in time linear in the text, whatever the pattern.

The library is loaded when the first pattern is; matchers without one do not need it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

LONGEST_PATTERN = 4096
"""Characters: routes name dozens of services in one."""
MOST_MEMORY_BYTES = 1 << 20
"""What one pattern may take; RE2 refuses a larger one."""


@dataclass(frozen=True, slots=True)
class Regex:
    """Made by `compile_regex`."""

    compiled: Any

    def covers(self, text: str) -> bool:
        """Whether it matches the whole text."""
        return self.compiled.fullmatch(text) is not None

    def occurs_in(self, text: str) -> bool:
        return self.compiled.search(text) is not None


def compile_regex(pattern: str) -> Regex:
    """Raises ValueError with what is wrong with the pattern."""
    import re2

    if len(pattern) > LONGEST_PATTERN:
        raise ValueError(f"a pattern has {LONGEST_PATTERN} characters at most")
    options = re2.Options()
    options.max_mem, options.log_errors = MOST_MEMORY_BYTES, False
    try:
        return Regex(re2.compile(pattern, options))
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        said = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(f"not a regular expression: {said}") from None
