"""Whether something was told before it was held back is a matter of each group."""

from __future__ import annotations

STATEMENTS = ("ALTER TABLE holds DROP COLUMN was_told",)
