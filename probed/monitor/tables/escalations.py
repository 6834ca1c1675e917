"""What `probed.monitor.escalations` keeps."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class EscalationRow(SQLModel, table=True):
    __tablename__ = "escalations"
    __table_args__ = (Index("escalations_due", "due_at"),)

    alert_id: str = Field(primary_key=True, foreign_key="alerts.id", ondelete="CASCADE")
    step: int
    began_at: int
    due_at: int
