"""What `probed.monitor.transcripts` keeps."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class TranscriptRow(SQLModel, table=True):
    __tablename__ = "transcripts"
    __table_args__ = (Index("transcripts_by_age", "at"),)

    subject: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    at: int
    file: str
    stored_bytes: int
    sha256: str
