"""The runs of one inspection that ended in one way: 0.8 s without the index where a million others did not."""

from __future__ import annotations

STATEMENTS = ("CREATE INDEX runs_by_inspection_and_state ON runs (inspection, state)",)
