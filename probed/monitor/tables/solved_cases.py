"""What `probed.monitor.solved_cases` keeps."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class SolvedCaseRow(SQLModel, table=True):
    __tablename__ = "solved_cases"

    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(index=True, unique=True)
    source: str
    check: str = Field(index=True)
    object: str
    features: str
    created_at: int
    changed_at: int = Field(index=True)
    origin: str
    by: str
    cause: str
    remedy: str | None
    advice: str
    marks: str
    case_id: str
    run_id: str
    seen: int
    helped: int
    failed: int
    refuted: int
    vouched_by: str
    cost_usd: float
    met_at: int | None
