"""The chats that the bot writes to, and the people who may talk in them: configured ones and paired ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from probed.channels.pace import Pace
from probed.channels.telegram_bot import TelegramBot
from probed.channels.telegram_connection import TelegramConnection
from probed.config.telegram import TelegramSettings
from probed.ports import Pairings

PaceOf = Callable[[int], Pace]


def pace_of(chat_id: int) -> Pace:
    """Groups have negative ids."""
    return Pace(is_group=chat_id < 0)


class TelegramChats:
    def __init__(
        self, settings: TelegramSettings, line: TelegramBot, pairings: Pairings, pace: PaceOf = pace_of
    ) -> None:
        self.line, self._pairings, self._pace = line, pairings, pace
        self._configured, self._allowed_users = settings.chat_id, frozenset(settings.allowed_users)
        self._connections: list[TelegramConnection] = []

    def listed(self) -> list[int]:
        """The chats that get messages, each by the id that it has now: the configured one, then as they were paired."""
        configured = [] if self._configured is None else [self._configured]
        paired = [member.chat_id for member in self._pairings.members]
        return list(dict.fromkeys(newest(self._pairings.moves, chat_id) for chat_id in (*configured, *paired)))

    def first(self) -> TelegramConnection | None:
        listed = self.listed()
        return self.connection(listed[0]) if listed else None

    def find(self, chat_id: int) -> TelegramConnection | None:
        """The listed chat that has this id, or had it once."""
        current = newest(self._pairings.moves, chat_id)
        return self.connection(current) if current in self.listed() else None

    def connection(self, chat_id: int) -> TelegramConnection:
        """Of any chat; there is one for each, for it keeps the chat's pace."""
        for known in self._connections:
            if chat_id in known.chat_ids:
                return known
        moves = self._pairings.moves
        earlier = [old for old in moves if newest(moves, old) == chat_id != old]
        made = TelegramConnection(self.line, [*earlier, chat_id], self._pace(chat_id), self._pairings.move)
        self._connections = [*(one for one in self._connections if one.chat_id in self.listed()), made]
        return made

    def has_user(self, user_id: int) -> bool:
        paired = {member.user_id for member in self._pairings.members}
        return user_id in self._allowed_users or user_id in paired


def newest(moves: Mapping[int, int], chat_id: int) -> int:
    """The id that the chat has now; one that moves in a circle stays where it is."""
    seen = [chat_id]
    while (following := moves.get(seen[-1])) is not None and following not in seen:
        seen.append(following)
    return chat_id if following in seen else seen[-1]
