"""What `probed.monitor.changes` keeps."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from probed.monitor.changes import IS_ARMED


class ChangeRow(SQLModel, table=True):
    __tablename__ = "changes"
    __table_args__ = (
        Index("changes_by_call", "call", "started_at"),
        Index("changes_by_case", "case_id"),
        Index("changes_by_decision", "decision_id"),
        Index("changes_by_start", "started_at"),
        Index("changes_by_effect", "effect_id"),
        Index("changes_by_object", "object", "started_at"),
        Index("changes_by_kin", "kin", "started_at"),
        Index("changes_armed", "revert_at", sqlite_where=text(IS_ARMED)),
    )

    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    case_id: str = Field(foreign_key="cases.id")
    decision_id: str | None = Field(foreign_key="decisions.id")
    effect_id: str = Field(foreign_key="effects.id")
    call: str
    level: str
    by: str
    dry_run: str
    outcome: str
    detail: str
    started_at: int
    ended_at: int
    before: str
    after: str
    object: str = Field(default="", sa_column_kwargs={"server_default": ""})
    object_kind: str = Field(default="", sa_column_kwargs={"server_default": ""})
    change_class: str = Field(default="P3", sa_column_kwargs={"server_default": "P3"})
    impact: str = Field(default="", sa_column_kwargs={"server_default": ""})
    steps: str = Field(default="[]", sa_column_kwargs={"server_default": "[]"})
    snapshot: str = Field(default="{}", sa_column_kwargs={"server_default": "{}"})
    reversible: bool = Field(default=False, sa_column_kwargs={"server_default": text("0")})
    revert_at: int | None
    confirmed_by: str = Field(default="", sa_column_kwargs={"server_default": ""})
    rolled_back_at: int | None
    roll_back: str = Field(default="", sa_column_kwargs={"server_default": ""})
    kin: str = Field(default="", sa_column_kwargs={"server_default": ""})
