"""What `probed.monitor.holds` keeps."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class HoldRow(SQLModel, table=True):
    __tablename__ = "holds"

    __table_args__ = (Index("holds_by_reason", "reason"),)

    alert_id: str = Field(primary_key=True, foreign_key="alerts.id", ondelete="CASCADE")
    reason: str
    since: int
