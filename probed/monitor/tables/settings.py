"""What `probed.monitor.settings` keeps."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class SettingRow(SQLModel, table=True):
    __tablename__ = "settings"

    name: str = Field(primary_key=True)
    value: str
