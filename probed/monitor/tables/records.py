"""What `probed.monitor.records` keeps."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class RecordRow(SQLModel, table=True):
    __tablename__ = "notification_records"
    __table_args__ = (Index("notification_records_by_time", "told_at"),)

    group_key: str = Field(primary_key=True)
    receiver: str = Field(primary_key=True)
    recipient: str = Field(primary_key=True)
    firing: str
    resolved: str
    told_at: int
