"""What `probed.monitor.timers` keeps."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class TimerRow(SQLModel, table=True):
    __tablename__ = "timers"

    name: str = Field(primary_key=True)
    due_at: int
