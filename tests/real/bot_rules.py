"""What Telegram's Bot API takes and refuses, as a world of chats in memory; no sockets, no waiting.

Sources: the Bot API's documentation, and the wording of telegram-bot-api's Client.cpp and tdlib's MessageEntity.cpp.
Stricter than Telegram in one place: more than 100 entities are refused, where Telegram drops the rest without a word.
"""

from __future__ import annotations

import json
import re
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.real.bot_entities import BadMarkup, Entity, parse_html, units

MAX_UNITS = 4096
MAX_CAPTION_UNITS = 1024
MAX_ENTITIES = 100
MAX_ANSWER = 200
MAX_BUTTONS = 100
MAX_MARKUP_BYTES = 10_240
MAX_COMMANDS = 100
MAX_PLACEHOLDER = 64
FIRST_SUPERGROUP = -1_000_000_000_000
UNASKED_UPDATES = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Kinds that come only when they are asked for; without a list all others come."""
CLEANED = str.maketrans({code: " " for code in range(32) if chr(code) != "\n"} | {"\r": None})
"""tdlib's clean_input_string, in part."""


class ApiError(Exception):
    def __init__(self, status: int, description: str, parameters: Mapping[str, int] | None = None) -> None:
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, dict(parameters or {})

    def as_json(self) -> dict[str, Any]:
        body: dict[str, Any] = {"ok": False, "error_code": self.status, "description": self.description}
        return body | ({"parameters": self.parameters} if self.parameters else {})


def bad_request(words: str) -> ApiError:
    return ApiError(400, f"Bad Request: {words}")


@dataclass(frozen=True)
class Limits:
    chat_interval_s: float = 1.0
    overall_per_s: int = 30
    group_per_min: int = 20


@dataclass
class SentMessage:
    chat_id: int
    message_id: int
    text: str
    """As people see it; of a document the caption."""
    entities: list[Entity] = field(default_factory=list)
    buttons: list[list[Mapping[str, str]]] = field(default_factory=list)
    reply_to: int | None = None
    document: str | None = None
    filename: str = ""
    wants_reply: bool = False
    thread_id: int | None = None
    edits: int = 0

    @property
    def labels(self) -> list[str]:
        return [button["text"] for row in self.buttons for button in row]

    def data_of(self, label: str) -> str:
        return next(button["callback_data"] for row in self.buttons for button in row if button["text"] == label)

    def as_json(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "message_id": self.message_id,
            "date": int(time.time()),
            "chat": chat_of(self.chat_id),
            "from": BOT,
        }
        if self.thread_id:
            body |= {"message_thread_id": self.thread_id, "is_topic_message": True}
        if self.document is None:
            body |= {"text": self.text, "entities": [vars(entity) for entity in self.entities]}
        else:
            document = {"file_id": "f", "file_unique_id": "u", "file_name": self.filename}
            body |= {"caption": self.text, "document": document}
        if self.buttons:
            body["reply_markup"] = {"inline_keyboard": self.buttons}
        return body


ACTIONS = frozenset({"typing", "upload_document"})
"""Some of what a bot can be shown to be doing."""


def chat_of(chat_id: int) -> dict[str, Any]:
    group = "supergroup" if chat_id <= FIRST_SUPERGROUP else "group"
    return {"id": chat_id, "type": "private" if chat_id > 0 else group, "title": "chat"}


ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
"""Whom Telegram names where an administrator speaks as the group."""
BOT = {"id": 100001, "is_bot": True, "first_name": "Cortex", "username": "cortex_test_bot"}


class Flood:
    """Telegram's limits of sending; once over a limit, nothing passes until the named time is over."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._sent: dict[int, deque[float]] = {}
        self._all: deque[float] = deque()
        self._until: dict[int, float] = {}

    def admit(self, chat_id: int) -> None:
        """Raises ApiError 429."""
        now, limits = time.monotonic(), self._limits
        sent = self._sent.setdefault(chat_id, deque())
        while sent and sent[0] <= now - 60:
            sent.popleft()
        while self._all and self._all[0] <= now - 1:
            self._all.popleft()
        wait_s = self._until.get(chat_id, 0.0) - now
        if sent and now - sent[-1] < limits.chat_interval_s:
            wait_s = max(wait_s, limits.chat_interval_s)
        if chat_id < 0 and len(sent) >= limits.group_per_min:
            wait_s = max(wait_s, sent[0] + 60 - now)
        if len(self._all) >= limits.overall_per_s:
            wait_s = max(wait_s, 1.0)
        if wait_s > 0:
            self.hold(chat_id, wait_s)
        sent.append(now)
        self._all.append(now)

    def hold(self, chat_id: int, wait_s: float) -> None:
        retry_after = max(1, round(wait_s + 0.4))
        self._until[chat_id] = time.monotonic() + wait_s
        raise ApiError(429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after})


class World:
    """Chats, messages and updates of one bot."""

    def __init__(self, chats: set[int], limits: Limits) -> None:
        self.chats, self.blocked, self.moved = set(chats), set[int](), dict[int, int]()
        self.messages: list[SentMessage] = []
        self.updates: deque[dict[str, Any]] = deque()
        self.answers: list[Mapping[str, str]] = []
        """The answers to touched buttons."""
        self.commands: Mapping[str, str] = {}
        """What the bot shows as its menu."""
        self.frozen = set[int]()
        """Messages that cannot be edited any more."""
        self.webhook = False
        self.topics: dict[int, set[int]] = {}
        """The topics of groups that have some."""
        self.channels = set[int]()
        """Chats that are channels."""
        self.without_documents = set[int]()
        """Chats where the bot may write, but not send files."""
        self._allowed: frozenset[str] | None = None
        self._flood = Flood(limits)
        self.actions: list[tuple[int, str]] = []
        """What the bot was shown to be doing, by chat."""
        self._open_queries: set[str] = set()
        self._last_update = self._last_message = 100

    # --- what the bot asks for ----------------------------------------------------------------------------------------

    def get_me(self) -> dict[str, Any]:
        return {**BOT, "can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}

    def send_message(self, params: Mapping[str, str]) -> dict[str, Any]:
        chat_id = self._chat(params)
        text, entities = formatted(params, "text", MAX_UNITS)
        if not text:
            raise bad_request("message text is empty")
        message = SentMessage(chat_id, 0, text, entities, keyboard(params), self._reply_to(params, chat_id))
        message.thread_id, message.wants_reply = self._thread(params, chat_id), self._asks(params, chat_id)
        return self._store(message)

    def send_document(self, params: Mapping[str, str], filename: str, content: bytes) -> dict[str, Any]:
        chat_id = self._chat(params)
        if not content:
            raise bad_request("file must be non-empty")
        if chat_id in self.without_documents:
            raise bad_request("not enough rights to send documents to the chat")
        caption, entities = formatted(params, "caption", MAX_CAPTION_UNITS)
        reply_to = self._reply_to(params, chat_id)
        document = content.decode(errors="replace")
        message = SentMessage(chat_id, 0, caption, entities, keyboard(params), reply_to, document, filename)
        message.thread_id = self._thread(params, chat_id)
        return self._store(message)

    def send_chat_action(self, params: Mapping[str, str]) -> bool:
        """Counts as no message."""
        if params.get("action") not in ACTIONS:
            raise bad_request("wrong parameter action in request")
        chat_id = params.get("chat_id", "")
        if int(chat_id) not in self.chats:
            raise bad_request("chat not found")
        self.actions.append((int(chat_id), params["action"]))
        return True

    def edit_message_text(self, params: Mapping[str, str]) -> dict[str, Any]:
        message = self._editable(params)
        text, entities = formatted(params, "text", MAX_UNITS)
        buttons = keyboard(params)
        if not text:
            raise bad_request("message text is empty")
        self._refuse_unchanged(message, (text, entities, buttons))
        message.text, message.entities, message.buttons = text, entities, buttons
        return self._edited(message)

    def edit_message_reply_markup(self, params: Mapping[str, str]) -> dict[str, Any]:
        message = self._editable(params)
        buttons = keyboard(params)
        self._refuse_unchanged(message, (message.text, message.entities, buttons))
        message.buttons = buttons
        return self._edited(message)

    def answer_callback_query(self, params: Mapping[str, str]) -> bool:
        query_id = params.get("callback_query_id", "")
        if query_id not in self._open_queries:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        if len(params.get("text", "")) > MAX_ANSWER:
            raise bad_request("MESSAGE_TOO_LONG")
        self._open_queries.discard(query_id)
        self.answers.append(dict(params))
        return True

    def set_my_commands(self, params: Mapping[str, str]) -> bool:
        commands = json.loads(params.get("commands", "[]"))
        if len(commands) > MAX_COMMANDS:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        for command in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
                raise bad_request("BOT_COMMAND_INVALID")
            if not 1 <= len(command["description"]) <= 256:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands = {command["command"]: command["description"] for command in commands}
        return True

    def delete_webhook(self) -> bool:
        self.webhook = False
        return True

    def hold(self, chat_id: int, wait_s: float) -> None:
        """Take nothing for the chat meanwhile. Raises ApiError, as it will."""
        self._flood.hold(chat_id, wait_s)

    def confirm(self, offset: int) -> None:
        """All before `offset`; a negative one keeps only so many."""
        while self.updates and (self.updates[0]["update_id"] < offset or len(self.updates) > -offset > 0):
            self.updates.popleft()

    def allow_updates(self, params: Mapping[str, str]) -> None:
        """The list holds until another one is given; it does not touch what waits already."""
        if "allowed_updates" in params:
            self._allowed = frozenset(json.loads(params["allowed_updates"])) or None

    # --- what people do -----------------------------------------------------------------------------------------------

    def press(self, message: SentMessage, data: str, user: Mapping[str, Any]) -> str:
        """Touch a button; returns the query's id."""
        query_id = str(self._last_update + 1)
        self._open_queries.add(query_id)
        query = {"id": query_id, "from": user, "message": message.as_json(), "chat_instance": "1", "data": data}
        self._update("callback_query", query)
        return query_id

    def say(
        self,
        text: str,
        chat_id: int,
        user: Mapping[str, Any],
        reply_to: SentMessage | None = None,
        thread: int | None = None,
        kind: str = "message",
        sender_chat: int | None = None,
        ago_s: float = 0.0,
    ) -> None:
        self._last_message += 1
        chat, date = chat_of(chat_id), int(time.time() - ago_s)
        body: dict[str, Any] = {"message_id": self._last_message, "date": date, "chat": chat, "from": user}
        if reply_to:
            body["reply_to_message"] = reply_to.as_json()
        if thread:
            body |= {"message_thread_id": thread, "is_topic_message": True}
        if sender_chat:
            body["sender_chat"] = chat_of(sender_chat)
        self._update(kind, body | {"text": text})

    def unblock(self, chat_id: int, user: Mapping[str, Any]) -> None:
        """The person takes the bot in again, without a word."""
        self.blocked.discard(chat_id)
        was = {"user": BOT, "status": "kicked", "until_date": 0}
        member = {"chat": chat_of(chat_id), "from": user, "date": int(time.time()), "old_chat_member": was}
        self._update("my_chat_member", member | {"new_chat_member": {"user": BOT, "status": "member"}})

    def migrate(self, chat_id: int, new_chat_id: int) -> None:
        """The group becomes a supergroup; the bot hears of it, and is told so at its next message, too."""
        self.moved[chat_id] = new_chat_id
        self._last_message += 1
        message = {"message_id": self._last_message, "date": int(time.time()), "chat": chat_of(chat_id)}
        self._update("message", message | {"migrate_to_chat_id": new_chat_id})

    def delete(self, message: SentMessage) -> None:
        self.messages.remove(message)

    def _update(self, kind: str, content: Mapping[str, Any]) -> None:
        if kind in UNASKED_UPDATES if self._allowed is None else kind not in self._allowed:
            return
        self._last_update += 1
        self.updates.append({"update_id": self._last_update, kind: content})

    # --- the rules ----------------------------------------------------------------------------------------------------

    def _chat(self, params: Mapping[str, str]) -> int:
        """The chat, when something may be sent to it now."""
        try:
            chat_id = int(params.get("chat_id", ""))
        except ValueError:
            raise bad_request("chat_id is empty") from None
        if chat_id in self.moved:
            words = "group chat was upgraded to a supergroup chat"
            raise ApiError(400, f"Bad Request: {words}", {"migrate_to_chat_id": self.moved[chat_id]})
        if chat_id not in self.chats:
            raise bad_request("chat not found")
        if chat_id in self.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        self._flood.admit(chat_id)
        return chat_id

    def _editable(self, params: Mapping[str, str]) -> SentMessage:
        chat_id, message_id = self._chat(params), params.get("message_id", "")
        for message in self.messages:
            if (message.chat_id, str(message.message_id)) == (chat_id, message_id):
                if message.message_id in self.frozen:
                    raise bad_request("message can't be edited")
                return message
        raise bad_request("message to edit not found")

    def _reply_to(self, params: Mapping[str, str], chat_id: int) -> int | None:
        if "reply_parameters" not in params:
            return None
        reply = json.loads(params["reply_parameters"])
        known = {message.message_id for message in self.messages if message.chat_id == chat_id}
        if reply["message_id"] in known:
            return int(reply["message_id"])
        if not reply.get("allow_sending_without_reply"):
            raise bad_request("message to be replied not found")
        return None

    def _thread(self, params: Mapping[str, str], chat_id: int) -> int | None:
        """Without a topic a message stands in the general one, also where it replies to one in another."""
        if "message_thread_id" not in params:
            return None
        thread_id = int(params["message_thread_id"])
        if thread_id not in self.topics.get(chat_id, ()):
            raise bad_request("message thread not found")
        return thread_id

    def _asks(self, params: Mapping[str, str], chat_id: int) -> bool:
        """Whether it wants a reply."""
        markup = json.loads(params.get("reply_markup", "{}"))
        if markup and "inline_keyboard" not in markup and chat_id in self.channels:
            raise bad_request("inline keyboard expected")
        if len(markup.get("input_field_placeholder", "")) > MAX_PLACEHOLDER:
            raise bad_request("can't parse force reply: input field placeholder is too long")
        return bool(markup.get("force_reply"))

    def _refuse_unchanged(self, message: SentMessage, new: tuple[object, object, object]) -> None:
        if (message.text, message.entities, message.buttons) == new:
            raise bad_request(
                "message is not modified: specified new message content and reply markup are exactly the same "
                "as a current content and reply markup of the message"
            )

    def _store(self, message: SentMessage) -> dict[str, Any]:
        self._last_message += 1
        message.message_id = self._last_message
        self.messages.append(message)
        return message.as_json()

    def _edited(self, message: SentMessage) -> dict[str, Any]:
        message.edits += 1
        return message.as_json()


def formatted(params: Mapping[str, str], name: str, limit: int) -> tuple[str, list[Entity]]:
    """The text without its markup, and the entities. Raises ApiError."""
    text, entities = params.get(name, ""), list[Entity]()
    if params.get("parse_mode"):
        if params["parse_mode"].lower() != "html":
            raise bad_request("unsupported parse_mode")
        try:
            text, entities = parse_html(text)
        except BadMarkup as error:
            raise bad_request(f"can't parse entities: {error}") from None
    text = text.translate(CLEANED).strip()
    if units(text) > limit:
        raise bad_request("message is too long" if name == "text" else "message caption is too long")
    if len(entities) > MAX_ENTITIES:
        raise bad_request("ENTITIES_TOO_LONG")
    return text, entities


def keyboard(params: Mapping[str, str]) -> list[list[Mapping[str, str]]]:
    markup = json.loads(params.get("reply_markup", "{}"))
    if len(params.get("reply_markup", "")) > MAX_MARKUP_BYTES:
        raise bad_request("REPLY_MARKUP_TOO_LONG")
    rows: list[list[Mapping[str, str]]] = markup.get("inline_keyboard", [])
    if sum(map(len, rows)) > MAX_BUTTONS:
        raise bad_request("REPLY_MARKUP_TOO_LONG")
    for row in rows:
        for button in row:
            if not button["text"].strip():
                raise bad_request("can't parse inline keyboard button: Text must be non-empty")
            if not 1 <= len(button.get("callback_data", "").encode()) <= 64:
                raise bad_request("BUTTON_DATA_INVALID")
    return [row for row in rows if row]
