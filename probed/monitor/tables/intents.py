"""What `probed.monitor.intents` keeps."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class IntentRow(SQLModel, table=True):
    __tablename__ = "intents"
    __table_args__ = (Index("intents_by_subject", "subject"), Index("intents_by_kind", "kind", "number"))

    number: int = Field(primary_key=True)
    at: int
    kind: str
    actor: str
    subject: str
    text: str
    previous: str
    hash: str
    detail: str
