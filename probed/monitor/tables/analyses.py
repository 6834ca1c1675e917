"""What `probed.monitor.analyses` keeps."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class AnalysisRow(SQLModel, table=True):
    __tablename__ = "analyses"
    __table_args__ = (Index("analyses_by_age", "at"),)

    seq: int | None = Field(default=None, primary_key=True)
    inspection: str = Field(index=True)
    run_id: str
    at: int
    document_hash: str
    marks: str
    verdict: str | None
    summary: str
    findings: str
    grounding: str | None
