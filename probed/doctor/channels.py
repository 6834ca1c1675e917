"""The channels and the heartbeat, as far as can be told without sending anything."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from probed.channels.apprise_url import read_service
from probed.channels.foreign import UnusableChannel, foreign_channel
from probed.channels.life_sign import HttpLifeSign, heartbeat_url
from probed.channels.webhook import WebhookChannel
from probed.config.channels import ChannelSettings
from probed.config.receivers import ReceiverSettings, webhook_name
from probed.config.settings import Settings
from probed.daemon.workers import WorkerPool
from probed.doctor.line import Answer, fails, fails_as_told, passes, warns
from probed.errors import ConfigError

DEADLINE_S = 3.0


def channels(settings: Settings) -> Iterator[tuple[str, Callable[[], Answer]]]:
    """A line for each channel of the section `channels`, and for each webhook of a receiver."""
    for name, channel in settings.channels.items():
        yield f"channel {name}", _foreign(name, channel) if channel.plugin else _apprise(name, channel)
    for receiver in settings.alerts.receivers:
        for number in range(len(receiver.webhook_configs)):
            yield f"channel {webhook_name(receiver.name, number)}", _webhook(receiver, number)


def heartbeat(settings: Settings) -> Answer:
    wanted = settings.heartbeat
    if wanted.url is None and wanted.url_file is None:
        return passes("off: heartbeat.url is not set")
    try:
        place, url = HttpLifeSign(wanted).place, heartbeat_url(wanted)
    except ConfigError as error:
        return fails_as_told(error, "put the URL that the service gave you there")
    return reached(place, url, f"a sign to {place} every {wanted.every:g} s")


def _apprise(name: str, channel: ChannelSettings) -> Callable[[], Answer]:
    def look() -> Answer:
        if channel.apprise_url_file is None:
            return warns("has no apprise_url_file", f"set channels.{name}.apprise_url_file")
        try:
            service, _ = read_service(channel.apprise_url_file, f"channels.{name}.apprise_url_file")
        except ConfigError as error:
            return fails_as_told(error, f"put an Apprise URL into {channel.apprise_url_file}, mode 600")
        return passes(f"{service.service_name}; try it: cortexctl channels test {name}")

    return look


def _foreign(name: str, channel: ChannelSettings) -> Callable[[], Answer]:
    """As the daemon builds it."""

    def look() -> Answer:
        try:
            built = foreign_channel(name, channel.plugin or "", channel.options, lambda: WorkerPool(1))
        except ConfigError as error:
            return fails_as_told(error, f"look at channels.{name}.options")
        if isinstance(built, UnusableChannel):
            return fails(built.reason, f"mend the package, or take channels.{name} out of the configuration")
        return passes(f"{channel.plugin}; try it: cortexctl channels test {name}")

    return look


def _webhook(receiver: ReceiverSettings, number: int) -> Callable[[], Answer]:
    name, settings = webhook_name(receiver.name, number), receiver.webhook_configs[number]

    def look() -> Answer:
        try:
            channel = WebhookChannel(name, receiver.name, settings)
        except ConfigError as error:
            return fails_as_told(error, f"look at webhook_configs of the receiver {receiver.name}")
        url = settings.http_config.proxy_url or channel.url
        return reached(channel.place, url, f"{channel.place}; try it: cortexctl channels test {name}")

    return look


def reached(place: str, url: str, detail: str) -> Answer:
    """Whether anybody listens there."""
    parts = urlsplit(url)
    address = (parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
    try:
        socket.create_connection(address, DEADLINE_S).close()
    except OSError as error:
        return warns(f"{place} cannot be reached: {error.strerror or error}", "look at it and at this host's network")
    return passes(detail)
