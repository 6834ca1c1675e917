from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import cast

from probed.channels.registry import build_channels, build_listeners, close_channels
from probed.channels.telegram_updates import TelegramUpdates
from probed.config.settings import Settings
from probed.ports import Operator
from tests.channels.cards import ID, make_card, make_settings
from tests.real.bot_api import BotApi


async def status() -> str:
    return "all is well"


def test_without_telegram_the_log_is_told() -> None:
    channels = build_channels(Settings())

    assert [channel.name for channel in channels] == ["journal"]
    assert build_listeners(channels, cast(Operator, None), status) == []


async def test_with_a_bot_telegram_is_told_and_listened_to(tmp_path: Path) -> None:
    async with BotApi() as api:
        channels = build_channels(Settings(telegram=make_settings(api.url, tmp_path)))
        listeners = build_listeners(channels, cast(Operator, None), status)
        await channels[0].send(make_card(), ID, repeated=False, earlier=None)
        await close_channels(channels)

    assert [channel.name for channel in channels] == ["telegram"]
    assert [type(listener) for listener in listeners] == [TelegramUpdates]
    assert len(api.messages) == 1


def test_the_libraries_are_loaded_only_for_a_configured_bot() -> None:
    code = (
        "import sys; from probed.channels.registry import build_channels; from probed.config.settings import Settings; "
        "build_channels(Settings()); print([name for name in ('telegram', 'httpx') if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout.strip() == "[]"
