"""What `probed.monitor.samples` keeps."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint, text
from sqlmodel import Field, SQLModel


class SeriesRow(SQLModel, table=True):
    """What a row of numbers is about; written out once, not beside each number."""

    __tablename__ = "series"
    __table_args__ = (UniqueConstraint("check", "object"),)

    id: int | None = Field(default=None, primary_key=True)
    check: str
    object: str
    unit: str
    rolled_to: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    """What was measured before is in `aggregates`; nothing younger is removed."""
    written_at: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})


class SampleRow(SQLModel, table=True):
    __tablename__ = "samples"
    __table_args__ = {"sqlite_with_rowid": False}

    series_id: int = Field(primary_key=True, foreign_key="series.id", ondelete="CASCADE")
    at: int = Field(primary_key=True)
    value: float
