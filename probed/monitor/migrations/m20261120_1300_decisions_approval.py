"""What a decision is about, what counts as a yes to it, and who has said it so far."""

from __future__ import annotations

STATEMENTS = (
    """ALTER TABLE decisions ADD COLUMN object VARCHAR NOT NULL DEFAULT ''""",
    """ALTER TABLE decisions ADD COLUMN approval VARCHAR NOT NULL DEFAULT 'one'""",
    """ALTER TABLE decisions ADD COLUMN approvals VARCHAR NOT NULL DEFAULT '[]'""",
)
