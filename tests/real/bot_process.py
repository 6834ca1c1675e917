"""The Bot API server as a process of its own, for tests and campaigns that drive the daemon from outside."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.real.bot_api import CHAT, TOKEN

PERSON = 42


@dataclass(frozen=True)
class BotProcess:
    url: str
    log: Path

    def settings(self, folder: Path) -> Mapping[str, object]:
        """The `telegram` section for a daemon; writes the token's file."""
        token = folder / "token"
        token.write_text(TOKEN)
        token.chmod(0o600)
        return {"api_url": self.url, "token_file": str(token), "chat_id": CHAT, "allowed_users": [PERSON]}

    def texts(self, *methods: str) -> list[str]:
        """What was sent as a message (or by these methods), as Telegram's HTML, oldest first."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []
        return [line["params"]["text"] for line in lines if line["method"] in (methods or ("sendMessage",))]

    def wait_for(self, words: str, within_s: float = 120.0) -> str:
        """The first message, or change of one, that holds `words`."""
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            for text in self.texts("sendMessage", "editMessageText"):
                if words in text:
                    return text
            time.sleep(0.1)
        raise AssertionError(f"no message with {words!r} in {self.texts()}")

    def press(self, words: str, label: str, user: int = PERSON) -> None:
        """Touch the button `label` of the newest message that holds `words`."""
        with urllib.request.urlopen(f"{self.url}/control/messages", timeout=10) as answer:
            messages = json.load(answer)["result"]
        message = next(message for message in reversed(messages) if words in message["text"])
        self.control("press", message_id=message["message_id"], label=label, user=user)

    def control(self, verb: str, **form: object) -> None:
        """`press`, `say` or `fault`, as the server's control page takes them."""
        data = urllib.parse.urlencode(form).encode()
        with urllib.request.urlopen(f"{self.url}/control/{verb}", data, timeout=10) as answer:
            assert answer.status == 200


@contextmanager
def bot_process(log: Path, *, chat_interval_s: float = 1.0) -> Iterator[BotProcess]:
    command = [sys.executable, "-m", "tests.real.bot_api", "--log", str(log), "--chat-interval", str(chat_interval_s)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as server:
        assert server.stdout
        try:
            yield BotProcess(server.stdout.readline().strip(), log)
        finally:
            server.terminate()
