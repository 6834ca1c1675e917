"""What `probed.monitor.documents` keeps."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class DocumentRow(SQLModel, table=True):
    __tablename__ = "documents"
    __table_args__ = (
        Index("documents_of_inspections", "inspection", "hash", unique=True),
        Index("documents_by_end", "superseded_at"),
    )

    seq: int | None = Field(default=None, primary_key=True)
    inspection: str
    hash: str
    text: str
    first_at: int
    superseded_at: int | None
