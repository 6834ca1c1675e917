"""A Bot API server on loopback that enforces Telegram's rules: for tests, drills and by hand.

    async with BotApi() as api:                 # api.url, api.token, api.chat_id
        ...
        await api.sent(1)                       # the messages, once there is one
        api.press(api.messages[0], "Approve", user=7)

`python -m tests.real.bot_api --port 0 --log FILE` serves the same until it is terminated; the first line it prints is
its URL. Each accepted request becomes a JSON line of FILE before it is answered, so what a killed client has sent can
be counted there. What tests do in process, others do with POST /control/press, /control/say and /control/fault, and
GET /control/messages and /control/answers.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import email
import enum
import json
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl

from tests.real.bot_rules import ANONYMOUS, ApiError, Limits, SentMessage, World, bad_request

TOKEN = "100001:AAtest-token_of-nobody-0123456789abcd"
CHAT = 4242
USER = 7
TWICE_ASKED = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_SET = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)


class Fault(enum.StrEnum):
    NONE = "none"
    ERROR = "error"
    """502 to everything, as from a broken proxy."""
    GARBAGE = "garbage"
    """200 with something that is not Telegram's."""
    HANG = "hang"
    """Nothing is carried out and nothing answered."""
    MUTE = "mute"
    """Everything is carried out and nothing answered."""
    REFUSE = "refuse"
    """Nobody listens."""
    NO_MARKUP = "no_markup"
    """Any markup is refused, as if Telegram's parser had changed."""


@dataclass(frozen=True)
class Accepted:
    """A request that was carried out."""

    method: str
    params: Mapping[str, str]
    at: float
    """Monotonic seconds."""


@dataclass(frozen=True)
class _Upload:
    filename: str
    content: bytes


@dataclass(frozen=True)
class _Request:
    path: str
    params: Mapping[str, str]
    upload: _Upload = field(default=_Upload("", b""))


class BotApi:
    def __init__(
        self,
        *,
        token: str = TOKEN,
        chats: frozenset[int] = frozenset({CHAT}),
        limits: Limits | None = None,
        log: Path | None = None,
        port: int = 0,
    ) -> None:
        self.token, self.world = token, World(set(chats), limits or Limits())
        self.accepted: list[Accepted] = []
        self.refused: list[ApiError] = []
        self.fault = Fault.NONE
        self.delay_s = 0.0
        """How long the next request takes to get here."""
        self._log, self._port = log, port
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self.polls = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def messages(self) -> list[SentMessage]:
        return self.world.messages

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.refuse()

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port, reuse_address=True)
        self._port = self._server.sockets[0].getsockname()[1]
        self.fault = Fault.NONE

    async def refuse(self) -> None:
        """From now on connections are refused, until `listen`."""
        self.fault = Fault.REFUSE
        if self._server:
            self._server.close()
        for client in self._clients:
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    # --- what people do, and what a test waits for --------------------------------------------------------------------

    def press(self, message: SentMessage, label: str, *, user: int = USER, name: str = "Ann") -> None:
        self.press_data(message, message.data_of(label), user=user, name=name)

    def press_data(self, message: SentMessage, data: str, *, user: int = USER, name: str = "Ann") -> None:
        """Send any data, as a client of one's own can."""
        self.world.press(message, data, _person(user, name))
        self._tell()

    def say(
        self,
        text: str,
        *,
        chat: int = CHAT,
        user: int = USER,
        name: str = "Ann",
        reply_to: SentMessage | None = None,
        thread: int | None = None,
        kind: str = "message",
        ago_s: float = 0.0,
    ) -> None:
        """`kind`: of the update, as `edited_message`. `ago_s`: how long it waits already."""
        self.world.say(text, chat, _person(user, name), reply_to, thread, kind, ago_s=ago_s)
        self._tell()

    def say_as_chat(self, text: str, *, chat: int) -> None:
        """As an administrator who hides behind the group."""
        self.world.say(text, chat, ANONYMOUS, sender_chat=chat)
        self._tell()

    def unblock(self, chat: int = CHAT, *, user: int = USER, name: str = "Ann") -> None:
        self.world.unblock(chat, _person(user, name))
        self._tell()

    def migrate(self, chat_id: int, new_chat_id: int) -> None:
        self.world.migrate(chat_id, new_chat_id)
        self._tell()

    async def sent(self, count: int, within_s: float = 60.0) -> list[SentMessage]:
        """The messages, as soon as there are `count`."""
        await self.until(lambda: len(self.messages) >= count, within_s)
        return self.messages

    async def answered(self, count: int, within_s: float = 60.0) -> list[Mapping[str, str]]:
        await self.until(lambda: len(self.world.answers) >= count, within_s)
        return self.world.answers

    async def until(self, holds: Callable[[], object], within_s: float = 60.0) -> None:
        async with asyncio.timeout(within_s):
            while not holds():
                await self._news.wait()

    def calls(self, method: str) -> list[Accepted]:
        return [request for request in self.accepted if request.method == method]

    # --- HTTP ---------------------------------------------------------------------------------------------------------

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = asyncio.current_task()
        assert client
        self._clients.add(client)
        try:
            while request := await _read_request(reader):
                status, body = await self._answer(request)
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                head = (
                    f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
                )
                writer.write(head.encode() + content)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client went away, or the server does
        finally:
            self._clients.discard(client)
            writer.close()

    async def _answer(self, request: _Request) -> tuple[int, bytes | dict[str, Any]]:
        if request.path.startswith("/control/"):
            return 200, {"ok": True, "result": await self._control(request)}
        delay_s, self.delay_s = self.delay_s, 0.0
        if delay_s:
            await asyncio.sleep(delay_s)
        if self.fault is Fault.HANG:
            await asyncio.Event().wait()
        if self.fault is Fault.ERROR:
            return 502, b"<html>Bad Gateway</html>"
        if self.fault is Fault.GARBAGE:
            return 200, b'{"hello": "world"}'
        try:
            result = await self._carry_out(request)
        except ApiError as error:
            self.refused.append(error)
            self._tell()
            return error.status, error.as_json()
        if self.fault is Fault.MUTE:
            await asyncio.Event().wait()
        return 200, {"ok": True, "result": result}

    async def _carry_out(self, request: _Request) -> object:
        token, _, method = request.path.removeprefix("/bot").partition("/")
        if token != self.token:
            raise ApiError(401, "Unauthorized")
        if method == "getUpdates":
            return await self._get_updates(request.params)
        if self.fault is Fault.NO_MARKUP and request.params.get("parse_mode"):
            raise bad_request("can't parse entities: Unsupported start tag")
        result = self._call(method, request)
        self._record(method, request.params, result)
        return result

    def _call(self, method: str, request: _Request) -> object:
        world, params = self.world, request.params
        match method:
            case "getMe":
                return world.get_me()
            case "sendMessage":
                return world.send_message(params)
            case "sendChatAction":
                return world.send_chat_action(params)
            case "sendDocument":
                return world.send_document(params, request.upload.filename, request.upload.content)
            case "editMessageText":
                return world.edit_message_text(params)
            case "editMessageReplyMarkup":
                return world.edit_message_reply_markup(params)
            case "answerCallbackQuery":
                return world.answer_callback_query(params)
            case "setMyCommands":
                return world.set_my_commands(params)
            case "deleteWebhook":
                return world.delete_webhook()
            case _:
                raise ApiError(404, "Not Found")

    async def _get_updates(self, params: Mapping[str, str]) -> list[dict[str, Any]]:
        """A second poll ends the first, which is told so."""
        if self.world.webhook:
            raise ApiError(409, WEBHOOK_SET)
        self.polls += 1
        mine = self.polls
        self._tell()
        self.world.confirm(int(params.get("offset", 0)))
        self.world.allow_updates(params)
        with contextlib.suppress(TimeoutError):
            await self.until(lambda: self.world.updates or self.polls != mine, float(params.get("timeout", 0)))
        if self.polls != mine:
            raise ApiError(409, TWICE_ASKED)
        return list(self.world.updates)[: min(max(int(params.get("limit", 100)), 1), 100)]

    def _record(self, method: str, params: Mapping[str, str], result: object) -> None:
        self.accepted.append(Accepted(method, params, time.monotonic()))
        if self._log:
            line = json.dumps({"at": time.time(), "method": method, "params": dict(params), "result": result})
            with self._log.open("a") as file:
                file.write(line + "\n")
        self._tell()

    def _tell(self) -> None:
        """Wake whoever waits for something to have happened."""
        self._news.set()
        self._news = asyncio.Event()

    # --- from another process -----------------------------------------------------------------------------------------

    async def _control(self, request: _Request) -> object:
        params = request.params
        match request.path:
            case "/control/press":
                message = next(m for m in self.messages if str(m.message_id) == params["message_id"])
                self.press(message, params["label"], user=int(params.get("user", USER)))
            case "/control/say":
                self.say(params["text"], chat=int(params.get("chat", CHAT)), user=int(params.get("user", USER)))
            case "/control/fault":
                self.fault = Fault(params["fault"])
            case "/control/messages":
                return [message.as_json() for message in self.messages]
            case "/control/answers":
                return [dict(answer) for answer in self.world.answers]
        return True


async def _read_request(reader: asyncio.StreamReader) -> _Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    line, _, rest = head.partition("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (part.partition(":") for part in rest.splitlines())}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    path = line.split(" ")[1]
    if headers.get("content-type", "").startswith("multipart/"):
        return _multipart(path, headers["content-type"], body)
    return _Request(path, dict(parse_qsl(body.decode(), keep_blank_values=True)))


def _multipart(path: str, content_type: str, body: bytes) -> _Request:
    message = email.message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    params, upload = dict[str, str](), _Upload("", b"")
    for part in message.walk():
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            continue
        if filename := part.get_filename():
            upload = _Upload(filename, content)
        else:
            params[str(part.get_param("name", header="content-disposition"))] = content.decode()
    return _Request(path, params, upload)


def _person(user: int, name: str) -> dict[str, Any]:
    return {"id": user, "is_bot": False, "first_name": name}


async def _serve_until_terminated(options: argparse.Namespace) -> None:
    limits = Limits(chat_interval_s=options.chat_interval, group_per_min=options.group_per_min)
    api = BotApi(token=options.token, chats=frozenset(options.chat), limits=limits, log=options.log, port=options.port)
    async with api:
        print(api.url, flush=True)
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path, help="file that gets a JSON line for each accepted request")
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--chat", type=int, action="append", help=f"a chat that there is; default {CHAT}")
    parser.add_argument("--chat-interval", type=float, default=1.0, help="seconds between two messages to a chat")
    parser.add_argument("--group-per-min", type=int, default=20)
    options = parser.parse_args()
    options.chat = options.chat or [CHAT]
    asyncio.run(_serve_until_terminated(options))


if __name__ == "__main__":
    main()
