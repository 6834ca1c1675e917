"""What `probed.monitor.memories` keeps."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class MemoryRow(SQLModel, table=True):
    __tablename__ = "memories"

    source: str = Field(primary_key=True)
    check: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    piece: int = Field(primary_key=True)
    memory: str
