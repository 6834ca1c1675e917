"""Who is told: `alerts.receivers`. The keys are Alertmanager's; `channels` is the one of Cortex."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from probed.config.secret import Secret
from probed.config.values import Names


@dataclass(frozen=True, slots=True, kw_only=True)
class BasicAuthSettings:
    username: str = ""
    """The user's name."""
    password_file: Secret | None = None
    """File of mode 0600 that holds the password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationSettings:
    type: str = "Bearer"
    """The first word of the header."""
    credentials_file: Secret | None = None
    """File of mode 0600 that holds what follows that word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSettings:
    ca_file: Path | None = None
    """Certificates of those that may vouch for the server."""
    cert_file: Path | None = None
    """Our own certificate."""
    key_file: Path | None = None
    """Its key."""
    server_name: str = ""
    """The name that the server's certificate has to have, where it is not the one of the URL."""
    insecure_skip_verify: bool = False
    """Whether to trust whoever answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    basic_auth: BasicAuthSettings | None = None
    """User and password."""
    authorization: AuthorizationSettings | None = None
    """A token."""
    tls_config: TlsSettings | None = None
    """Whom to trust."""
    proxy_url: str = ""
    """The proxy on the way."""
    follow_redirects: bool = True
    """Whether to go where the server sends us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    url: str = ""
    """Where to post."""
    url_file: Secret | None = None
    """File of mode 0600 that holds the URL, where it is a secret."""
    send_resolved: bool = True
    """Whether it is told what resolved."""
    max_alerts: int = 0
    """The most alerts of one message; 0: all."""
    http_config: HttpSettings = field(default_factory=HttpSettings)
    """How to connect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverSettings:
    name: str
    """What routes call it."""
    webhook_configs: tuple[WebhookSettings, ...] = ()
    """Programs that take Alertmanager's webhook (version 4)."""
    channels: Annotated[tuple[str, ...], Names] = ()
    """Channels of this configuration: telegram, journal, or a name from the section `channels`."""
    send_resolved: bool = True
    """Whether the channels are told what resolved."""


def webhook_name(receiver: str, index: int) -> str:
    """The channel of a receiver's webhook, counted from 0."""
    return f"webhook:{receiver}/{index}"


def receiver_channels(receivers: Sequence[ReceiverSettings], name: str) -> tuple[str, ...]:
    """The channels of the receiver of that name; none where there is no such receiver."""
    found = next((receiver for receiver in receivers if receiver.name == name), None)
    if found is None:
        return ()
    return (*found.channels, *(webhook_name(name, index) for index in range(len(found.webhook_configs))))
