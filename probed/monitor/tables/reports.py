"""What `probed.monitor.reports` keeps."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel


class ReportRow(SQLModel, table=True):
    __tablename__ = "reports"
    __table_args__ = (Index("reports_by_source", "source"),)

    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    run_id: str = Field(unique=True, foreign_key="runs.id")
    source: str
    verdict: str
    summary: str
    created_at: int
    unanswered: str
    notes: str
    cost_usd: float
    partial: bool = Field(default=False, sa_column_kwargs={"server_default": text("0")})
    carried_from: str = Field(default="", sa_column_kwargs={"server_default": ""})
    grounding: str | None


class FindingRow(SQLModel, table=True):
    """`source` and `at` repeat the report's, so that a filtered page of findings reads one index and joins nothing."""

    __tablename__ = "findings"
    __table_args__ = (
        Index("findings_by_report", "report_id"),
        Index("findings_by_source", "source"),
        Index("findings_by_severity", "severity"),
        Index("findings_by_source_and_severity", "source", "severity"),
    )

    seq: int | None = Field(default=None, primary_key=True)
    report_id: str = Field(foreign_key="reports.id", ondelete="CASCADE")
    source: str
    at: int
    check: str
    object: str
    severity: str
    summary: str
    evidence: str
    proposed_action: str | None
    ttl_s: float | None
    grounding: str | None
