"""What `probed.monitor.decisions` keeps."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from probed.monitor.decisions import IS_OPEN, IS_WAITING


class DecisionRow(SQLModel, table=True):
    __tablename__ = "decisions"
    __table_args__ = (
        Index("decisions_open_once", "case_id", unique=True, sqlite_where=text(IS_OPEN)),
        Index("decisions_waiting", "expires_at", sqlite_where=text(IS_WAITING)),
        Index("decisions_by_case", "case_id"),
        Index("decisions_by_state", "state"),
        Index("decisions_by_kind", "object_kind", "object"),
    )

    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    case_id: str = Field(foreign_key="cases.id")
    call: str
    host: str
    severity: str
    summary: str
    reason: str
    created_at: int
    expires_at: int
    state: str
    snapshot: str
    dry_run: str
    hash: str
    decided_by: str
    decided_at: int | None
    note: str
    version: int
    object: str = Field(default="", sa_column_kwargs={"server_default": ""})
    approval: str = Field(default="one", sa_column_kwargs={"server_default": "one"})
    approvals: str = Field(default="[]", sa_column_kwargs={"server_default": "[]"})
    object_kind: str = Field(default="", sa_column_kwargs={"server_default": ""})
    analysis: str = Field(default="{}", sa_column_kwargs={"server_default": "{}"})
    revert_after_s: float | None
    trace: str = Field(default="", sa_column_kwargs={"server_default": ""})
