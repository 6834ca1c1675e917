"""What `probed.monitor.maintenance` keeps."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class WindowRow(SQLModel, table=True):
    __tablename__ = "maintenance"
    __table_args__ = (Index("maintenance_by_end", "ends_at"),)

    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    matchers: str
    starts_at: int
    ends_at: int
    fixes: str
    comment: str
    created_by: str
