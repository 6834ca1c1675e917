"""What `probed.monitor.silences` keeps."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from probed.monitor.silences import HAS_ALERT


class SilenceRow(SQLModel, table=True):
    """`alert_id` is null for a silence that ends by its time alone."""

    __tablename__ = "silences"
    __table_args__ = (
        Index("silences_by_end", "ends_at"),
        Index("silences_of_alert", "alert_id", sqlite_where=text(HAS_ALERT)),
    )

    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    matchers: str
    starts_at: int
    ends_at: int
    created_by: str
    comment: str
    updated_at: int
    alert_id: str | None
