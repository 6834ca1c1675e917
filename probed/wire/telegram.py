"""Paired chats on the wire."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PairingCodeShape:
    """To be typed in the chat, once, as `/pair CODE`."""

    code: str
    expires_at: str


@dataclass(frozen=True, slots=True)
class ChatMemberShape:
    """One person in one chat."""

    chat_id: int
    user_id: int
    chat_name: str
    user_name: str
    paired_at: str
    paired_by: str


@dataclass(frozen=True, slots=True)
class Unpairing:
    """Body of POST …/telegram/unpair; without `user_id` everybody in the chat."""

    chat_id: int
    user_id: int | None = None
