"""What `probed.monitor.checkpoints` keeps."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class CheckpointRow(SQLModel, table=True):
    __tablename__ = "checkpoints"

    number: int = Field(primary_key=True)
    hash: str
    at: int
    first_at: int
    last_at: int
    counts: str
    previous: str
    key: str
    signature: str
