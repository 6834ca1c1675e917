"""What `probed.monitor.digests` keeps."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class DigestLineRow(SQLModel, table=True):
    __tablename__ = "digest_lines"

    seq: int | None = Field(default=None, primary_key=True)
    text: str
