"""Who may talk to the daemon in a chat, and which of their touched buttons count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from probed.core.chat import ChatMember
from probed.ports.inbound import Actor


@dataclass(frozen=True, slots=True)
class ShownCode:
    """A pairing code, to be shown once."""

    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who types a code in a chat."""

    chat_id: int
    user_id: int
    chat_name: str
    user_name: str


class Pairings(Protocol):
    """Each call that changes or refuses something leaves an audit line."""

    @property
    def members(self) -> Sequence[ChatMember]:
        """In the order of their pairing."""

    @property
    def moves(self) -> Mapping[int, int]:
        """Groups that became supergroups: the new chat's id by the old one's."""

    @property
    def key(self) -> bytes:
        """What buttons are signed with; it never leaves the monitor but for that."""

    def last_update(self, bot_id: int) -> int | None:
        """The newest update of this bot that was taken in; None where none is known, or it is so old that Telegram may
        count anew."""

    async def take_update(self, bot_id: int, update_id: int) -> None:
        """Remember it, before anything is done about it: a kill in between must not have it done twice."""

    async def renew_secrets(self, by: Actor) -> Sequence[str]:
        """Make the daemon's own secrets anew: buttons that were sent until now do nothing any more, and a code that was
        shown is void. Returns which secrets, for people."""

    async def show_code(self, by: Actor) -> ShownCode:
        """A code that pairs one person in one chat within ten minutes; an earlier one is void. Raises Refused where
        there is no bot."""

    async def pair(self, code: str, newcomer: Newcomer) -> ChatMember:
        """Raises Refused."""

    async def unpair(self, chat_id: int, user_id: int | None, by: Actor) -> Sequence[ChatMember]:
        """Return whom that put out: one person, or everybody in the chat. Raises NotFound."""

    async def move(self, old_chat_id: int, new_chat_id: int) -> None: ...

    async def press(self, token: str, user_id: int) -> bool:
        """Whether the button counts: False when this token was used by this user already."""

    async def take_back(self, token: str, user_id: int) -> None:
        """What the button asked for was not done: it may be touched again."""

    async def refuse(self, by: Actor, subject: str, reason: str) -> None:
        """Record what somebody tried, and why it was not done."""
