"""What `probed.monitor.incidents` keeps."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel


class IncidentRow(SQLModel, table=True):
    __tablename__ = "incidents"
    __table_args__ = (
        Index("incidents_by_state", "state"),
        Index("incidents_by_end", "closed_at", sqlite_where=text("closed_at IS NOT NULL")),
    )

    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    title: str
    severity: str
    state: str
    opened_at: int
    updated_at: int
    closed_at: int | None
    root_id: str
    alerts: int
    firing: int


class MemberRow(SQLModel, table=True):
    __tablename__ = "incident_alerts"
    __table_args__ = (Index("incident_alerts_by_incident", "incident_id"),)

    alert_id: str = Field(primary_key=True)
    incident_id: str = Field(foreign_key="incidents.id", ondelete="CASCADE")


class KeyRow(SQLModel, table=True):
    __tablename__ = "incident_keys"
    __table_args__ = (Index("incident_keys_by_incident", "incident_id"),)

    key: str = Field(primary_key=True)
    incident_id: str = Field(foreign_key="incidents.id", ondelete="CASCADE")
