"""What `probed.monitor.events` keeps."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class EventRow(SQLModel, table=True):
    __tablename__ = "events"

    id: int = Field(primary_key=True)
    at: int
    type: str
    subject: str
    data: str
