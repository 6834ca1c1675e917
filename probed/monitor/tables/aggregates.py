"""What `probed.monitor.aggregates` keeps."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class AggregateRow(SQLModel, table=True):
    __tablename__ = "aggregates"
    __table_args__ = {"sqlite_with_rowid": False}

    series_id: int = Field(primary_key=True, foreign_key="series.id", ondelete="CASCADE")
    step_s: int = Field(primary_key=True)
    number: int = Field(primary_key=True)
    """How many steps passed since 1970: shorter than a time."""
    least: float | None
    """With `most` left out where all numbers were the same: most are, and a row has half the size."""
    mean: float
    most: float | None
    count: int
