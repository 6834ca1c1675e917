"""What `probed.monitor.jobs` keeps."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class JobRow(SQLModel, table=True):
    __tablename__ = "jobs"

    name: str = Field(primary_key=True)
    started_at: int | None
    ended_at: int | None
    succeeded_at: int | None
    failed: bool
    exit_code: int | None
    duration_s: float | None
    said_by: str
