"""An action that was approved is linked to the run that led to the question."""

from __future__ import annotations

STATEMENTS = ("ALTER TABLE decisions ADD COLUMN trace VARCHAR NOT NULL DEFAULT ''",)
