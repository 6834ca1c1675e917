"""What `probed.monitor.effects` keeps."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from probed.monitor.effects import DELIVERED, IS_DEAD, IS_MESSAGE, REVERTS, UNDELIVERED, UNDONE


class EffectRow(SQLModel, table=True):
    __tablename__ = "effects"
    __table_args__ = (
        Index("effects_undone", "kind", "recipient", "lane", sqlite_where=text(UNDONE)),
        Index("effects_delivered", "subject", "recipient", sqlite_where=text(DELIVERED)),
        Index("effects_undelivered", "subject", sqlite_where=text(UNDELIVERED)),
        Index("effects_posted", "recipient", "created_at", sqlite_where=text(IS_MESSAGE)),
        Index("effects_dead", "kind", sqlite_where=text(IS_DEAD)),
        Index("effects_roll_back", "subject", sqlite_where=text(REVERTS)),
    )

    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    kind: str
    subject: str
    recipient: str
    payload: str
    created_at: int
    due_at: int
    state: str
    attempts: int
    started_at: int | None
    ended_at: int | None
    note: str
    receipt: str
    lane: str = Field(sa_column_kwargs={"server_default": text("''")})
