"""What `probed.monitor.cases` keeps."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from probed.monitor.cases import EXPIRES, IS_OPEN


class CaseRow(SQLModel, table=True):
    __tablename__ = "cases"
    __table_args__ = (
        Index("cases_open_once", "source", "check", "object", unique=True, sqlite_where=text(IS_OPEN)),
        Index("cases_open", "seq", sqlite_where=text(IS_OPEN)),
        Index("cases_expiring", "expires_at", sqlite_where=text(EXPIRES)),
    )

    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    source: str
    check: str
    object: str
    severity: str
    summary: str
    opened_at: int
    changed_at: int
    last_seen_at: int
    stage: str
    labels: str
    evidence: str
    runbook: str
    tried: str
    outlook: str
    expires_at: int | None
    resolved_at: int | None
    version: int
    asked_again: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
