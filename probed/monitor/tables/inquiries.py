"""What `probed.monitor.inquiries` keeps."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from probed.monitor.inquiries import IS_UNANSWERED


class InquiryRow(SQLModel, table=True):
    __tablename__ = "inquiries"
    __table_args__ = (
        Index("inquiries_by_person", "asked_by", "seq"),
        Index("inquiries_unanswered", "seq", sqlite_where=text(IS_UNANSWERED)),
    )

    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    session_id: str = Field(index=True)
    text: str
    asked_by: str
    asked_at: int
    state: str
    about: str
    answer: str
    reason: str
    evidence: str
    unsupported: str
    model: str
    cost_usd: float
    ended_at: int | None
