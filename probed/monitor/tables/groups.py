"""What `probed.monitor.groups` keeps."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from probed.monitor.groups import IS_ASLEEP, IS_AWAKE


class GroupRow(SQLModel, table=True):
    __tablename__ = "alert_groups"
    __table_args__ = (
        Index("alert_groups_awake", "next_flush_at", sqlite_where=text(IS_AWAKE)),
        Index("alert_groups_asleep", "told_at", sqlite_where=text(IS_ASLEEP)),
    )

    key: str = Field(primary_key=True)
    labels: str
    route_key: str
    next_flush_at: int | None
    told_at: int | None
    has_flushed: bool
    emptied_at: int | None


class MemberRow(SQLModel, table=True):
    __tablename__ = "alert_members"
    __table_args__ = (Index("alert_members_by_alert", "alert_id"),)

    group_key: str = Field(primary_key=True)
    alert_id: str = Field(primary_key=True)
