"""What `probed.monitor.storms` keeps."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class StormRow(SQLModel, table=True):
    __tablename__ = "storms"

    recipient: str = Field(primary_key=True)
    until: int


class StormLineRow(SQLModel, table=True):
    __tablename__ = "storm_lines"
    __table_args__ = (Index("storm_lines_by_recipient", "recipient"),)

    seq: int | None = Field(default=None, primary_key=True)
    recipient: str
    text: str
    subject: str = Field(default="", sa_column_kwargs={"server_default": ""})
