from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import cast

from probed.channels.registry import (
    build_channels,
    build_listeners,
    close_channels,
    renew_channels,
    retire_channels,
)
from probed.channels.telegram_updates import TelegramUpdates
from probed.config.alerts import AlertsSettings
from probed.config.channels import ChannelSettings
from probed.config.receivers import ReceiverSettings, WebhookSettings
from probed.config.settings import Settings
from probed.daemon.workers import WorkerPool
from probed.ports import Operator, Workers
from tests.api.fakes import FakeQuestions
from tests.channels.cards import ID, make_card, make_settings, nobody
from tests.channels.talking import ScriptedAnswers
from tests.factories import make_decision
from tests.real.bot_api import BotApi


def no_workers() -> Workers:
    raise AssertionError("nobody needs threads")


def test_without_telegram_the_log_is_told() -> None:
    channels = build_channels(Settings(), no_workers, nobody())

    assert [channel.name for channel in channels] == ["journal"]
    assert (
        build_listeners(
            channels, cast(Operator, None), ScriptedAnswers(make_decision()), FakeQuestions(), nobody(), _heard
        )
        == []
    )


async def test_with_a_bot_telegram_is_told_and_listened_to(tmp_path: Path) -> None:
    async with BotApi() as api:
        channels = build_channels(Settings(telegram=make_settings(api.url, tmp_path)), no_workers, nobody())
        answers = ScriptedAnswers(make_decision())
        listeners = build_listeners(channels, cast(Operator, None), answers, FakeQuestions(), nobody(), _heard)
        await channels[0].send(make_card(), ID, repeated=False, earlier=None)
        await close_channels(channels)

    assert [channel.name for channel in channels] == ["telegram"]
    assert [type(listener) for listener in listeners] == [TelegramUpdates]
    assert len(api.messages) == 1


async def test_each_section_makes_its_channels_and_the_log_only_where_it_is_named(tmp_path: Path) -> None:
    url_file = tmp_path / "url"
    url_file.write_text("json://127.0.0.1:9")
    url_file.chmod(0o600)
    hook = WebhookSettings(url="http://127.0.0.1:9/hook")
    settings = Settings(channels={"mail": ChannelSettings(apprise_url_file=url_file)})
    receivers = (
        ReceiverSettings(name="ops", webhook_configs=(hook, hook), channels=("mail",)),
        ReceiverSettings(name="log", channels=("journal",)),
    )

    only_mail = build_channels(settings, lambda: WorkerPool(1), nobody())
    all_kinds = build_channels(
        replace(settings, alerts=AlertsSettings(receivers=receivers)), lambda: WorkerPool(1), nobody()
    )
    await close_channels(all_kinds)

    assert [channel.name for channel in only_mail] == ["mail"]
    assert [(channel.name, channel.kind, channel.is_program) for channel in all_kinds] == [
        ("mail", "apprise", False),
        ("webhook:ops/0", "webhook", True),
        ("webhook:ops/1", "webhook", True),
        ("journal", "journal", False),
    ]


def test_the_libraries_are_loaded_only_for_a_configured_bot() -> None:
    code = (
        "import sys; from probed.channels.registry import build_channels; from probed.config.settings import Settings; "
        "build_channels(Settings(), None, None); "
        "print([name for name in ('telegram', 'httpx', 'apprise') if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout.strip() == "[]"


async def test_after_a_reload_what_people_talk_with_is_the_same_and_the_rest_is_new(tmp_path: Path) -> None:
    hook = ReceiverSettings(name="ops", webhook_configs=(WebhookSettings(url="http://127.0.0.1:9/hook"),))
    async with BotApi() as api:
        settings = Settings(telegram=make_settings(api.url, tmp_path), alerts=AlertsSettings(receivers=(hook,)))
        before = build_channels(settings, no_workers, nobody())
        more = replace(settings, alerts=AlertsSettings(receivers=(hook, replace(hook, name="b"))))
        after = renew_channels(before, more, no_workers)
        await retire_channels(before, 0.0)
        await after[0].send(make_card(), ID, repeated=False, earlier=None)
        await close_channels(after)

    assert after[0] is before[0]
    assert [channel.name for channel in after] == ["telegram", "webhook:ops/0", "webhook:b/0"]
    assert after[1] is not before[1]
    assert len(api.messages) == 1


async def _heard(recipient: str) -> None: ...
