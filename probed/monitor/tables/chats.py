"""What `probed.monitor.chats` keeps."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class ChatMemberRow(SQLModel, table=True):
    __tablename__ = "chat_members"

    chat_id: int = Field(primary_key=True)
    user_id: int = Field(primary_key=True)
    chat_name: str
    user_name: str
    paired_at: int
    paired_by: str


class PairingCodeRow(SQLModel, table=True):
    __tablename__ = "pairing_codes"

    digest: str = Field(primary_key=True)
    expires_at: int
    created_by: str
    failures: int


class ButtonPressRow(SQLModel, table=True):
    __tablename__ = "button_presses"
    __table_args__ = (Index("button_presses_at", "at"),)

    token: str = Field(primary_key=True)
    user_id: int = Field(primary_key=True)
    at: int
