from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Sequence

from probed.config.defaults import resolved
from probed.config.secret import read_secret
from probed.config.settings import Settings
from probed.config.telegram import TelegramSettings
from probed.doctor.line import Answer, fails, fails_as_told, passes, warns
from probed.errors import ConfigError
from probed.monitor.chats import paired_in

DEADLINE_S = 5.0


def telegram(settings: Settings) -> Answer:
    wanted = settings.telegram
    if wanted.token_file is None:
        return passes("off: telegram.token_file is not set")
    try:
        token = read_secret(wanted.token_file, "telegram.token_file")
    except ConfigError as error:
        return fails_as_told(error, f"put the token that @BotFather gave you into {wanted.token_file}, mode 600")
    return _asked(wanted, paired_in(resolved(settings.monitor.path)), token)


def _asked(wanted: TelegramSettings, paired: Sequence[tuple[int, int]], token: str) -> Answer:
    """No word of an error may hold the address: the token is in it."""
    try:
        with urllib.request.urlopen(f"{wanted.api_url}/bot{token}/getMe", timeout=DEADLINE_S) as answer:  # noqa: S310
            name = json.loads(answer.read(65536))["result"]["username"]
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in (401, 404):
            return fails(f"{wanted.api_url} does not know this token", "get another from @BotFather: /token")
        return warns(f"{wanted.api_url} answers HTTP {error.code}", "try again later")
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        words = getattr(reason, "strerror", None) or type(reason).__name__
        return warns(f"{wanted.api_url} cannot be reached: {words}", "look at this host's network; messages wait")
    except (ValueError, KeyError, TypeError):
        return fails(f"{wanted.api_url} is no Bot API server", "set telegram.api_url, or leave it out")
    return _told(wanted, paired, name)


def _told(wanted: TelegramSettings, paired: Sequence[tuple[int, int]], name: str) -> Answer:
    """Who gets the messages of @`name`, and who may answer."""
    chats = {chat_id for chat_id, _ in paired} | ({wanted.chat_id} if wanted.chat_id is not None else set())
    people = {user_id for _, user_id in paired} | set(wanted.allowed_users)
    if not chats:
        return warns(f"@{name} has no chat to write to, messages wait", "pair it: cortexctl telegram pair")
    if not people:
        return warns(f"@{name} sends, but nobody may answer it", "pair somebody: cortexctl telegram pair")
    where = f"chat {next(iter(chats))}" if len(chats) == 1 else f"{len(chats)} chats"
    return passes(f"@{name} sends to {where}; {len(people)} people may answer")
