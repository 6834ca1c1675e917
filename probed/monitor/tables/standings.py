"""What `probed.monitor.standings` keeps."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class StandingRow(SQLModel, table=True):
    __tablename__ = "standings"

    action: str = Field(primary_key=True)
    object_kind: str = Field(primary_key=True)
    rung: str
    rehearsals: int
    successes: int
    succeeded: int
    failed: int
    pin: str | None
    pinned_by: str
    changed_at: int | None
