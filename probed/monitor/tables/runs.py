"""What `probed.monitor.runs` keeps."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from probed.monitor.runs import IS_OWN, IS_SAVED


class RunRow(SQLModel, table=True):
    __tablename__ = "runs"
    __table_args__ = (
        Index("runs_by_inspection", "inspection"),
        Index("runs_by_state", "state"),
        Index("runs_by_inspection_and_state", "inspection", "state"),
        Index("runs_of_inspections", "inspection", sqlite_where=text(IS_OWN)),
        Index("runs_by_gate", "created_at", "inspection", sqlite_where=text(IS_SAVED)),
    )

    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    inspection: str
    trigger: str
    state: str
    created_at: int
    started_at: int | None
    ended_at: int | None
    document_hash: str
    reason: str
    report_id: str | None
    cost_usd: float
    by: str = Field(default="", sa_column_kwargs={"server_default": ""})
    gate: str = Field(default="", sa_column_kwargs={"server_default": ""})
    gate_reason: str = Field(default="", sa_column_kwargs={"server_default": ""})
