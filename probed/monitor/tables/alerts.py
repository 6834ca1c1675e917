"""What `probed.monitor.alerts` keeps."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from probed.monitor.alerts import ENDS, IS_EXTERNAL, IS_OPEN, LAPSES


class AlertRow(SQLModel, table=True):
    """`case_id` is null for an alert that came in from outside: it has no case."""

    __tablename__ = "alerts"
    __table_args__ = (
        Index("alerts_open_once", "case_id", unique=True, sqlite_where=text(IS_OPEN)),
        Index("alerts_by_case", "case_id"),
        Index("alerts_by_state", "state"),
        Index("alerts_by_fingerprint", "fingerprint", "seq", sqlite_where=text(IS_EXTERNAL)),
        Index("alerts_ending", "ends_at", sqlite_where=text(ENDS)),
        Index("alerts_by_start", "starts_at"),
        Index("alerts_lapsing", "acknowledged_until", sqlite_where=text(LAPSES)),
        Index("alerts_open_by_object", text("json_extract(labels, '$.object')"), sqlite_where=text(IS_OPEN)),
    )

    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    case_id: str | None = Field(foreign_key="cases.id")
    labels: str
    annotations: str
    severity: str
    peak: str
    summary: str
    starts_at: int
    updated_at: int
    ends_at: int | None
    state: str
    acknowledged_by: str
    fingerprint: str = Field(sa_column_kwargs={"server_default": text("''")})
    generator_url: str = Field(sa_column_kwargs={"server_default": text("''")})
    is_timeout: bool = Field(sa_column_kwargs={"server_default": text("0")})
    acknowledged_until: int | None = None
