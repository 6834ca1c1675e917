"""What `probed.monitor.flapping` keeps."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from probed.monitor.flapping import FLAPS


class FlappingRow(SQLModel, table=True):
    __tablename__ = "flapping"
    __table_args__ = (
        Index("flapping_due", "look_at", sqlite_where=text(FLAPS)),
        Index("flapping_by_age", "seen_at"),
    )

    fingerprint: str = Field(primary_key=True)
    source: str
    states: str
    seen_at: int
    report: int
    since: int | None
    look_at: int | None
    is_told: bool
    alert_id: str
