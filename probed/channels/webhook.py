"""A program that takes Alertmanager's webhook: in order, one notification after another, as they are."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from probed.channels.webhook_payload import Synthetic, payload_of
from probed.channels.webhook_transport import build_client, read_credentials, read_url, secrets_of
from probed.config.receivers import WebhookSettings
from probed.core.card import Card
from probed.core.notification import Notification
from probed.core.redaction import mask
from probed.errors import ChannelError, MessageRefused

if TYPE_CHECKING:
    import httpx

DEADLINE_S = 30.0
REACH_S = 3.0
MOST_ANSWER_BYTES = 4096
LONGEST_RETRY_AFTER_S = 3600.0
ADDRESS_OR_ACCOUNT = frozenset({401, 403, 404, 405, 407, 410})
"""Nothing that is sent there arrives until a person mends the address or the credentials, so it waits for that."""
PASSING = frozenset({408, 425, 429})


class WebhookChannel:
    kind = "webhook"
    is_program = True
    can_edit = False

    def __init__(self, name: str, receiver: str, settings: WebhookSettings) -> None:
        """Raises ConfigError."""
        self.name, self._receiver, self._max_alerts = name, receiver, settings.max_alerts
        self.url = read_url(settings, name)
        credentials = read_credentials(settings.http_config, name)
        self._secrets = secrets_of(credentials, self.url)
        self._client = build_client(settings.http_config, credentials, self.url, name)
        self._sni = settings.http_config.tls_config.server_name if settings.http_config.tls_config else ""
        self._user_agent = f"Cortex/{version('cortex-ops')}"  # read from a file: once, not for each message
        self._reached_at = urlsplit(settings.http_config.proxy_url or self.url)

    async def turn(self) -> None:
        """A program takes messages at any time."""

    async def reach(self) -> None:
        """Whether anybody listens there. Raises ChannelError."""
        host, port = self._reached_at.hostname or "", self._reached_at.port
        port = port or (443 if self._reached_at.scheme == "https" else 80)
        try:
            async with asyncio.timeout(REACH_S):
                _, writer = await asyncio.open_connection(host, port)
        except (OSError, TimeoutError) as error:
            raise ChannelError(f"{self.place} is not reachable ({_words(error)})", transient=True) from None
        writer.close()

    async def send(
        self, card: Card, message_id: str, *, repeated: bool, earlier: Mapping[str, object] | None
    ) -> Mapping[str, object]:
        receipt: Mapping[str, object] = {}
        notification = card.notification
        if notification is None:
            synthetic = Synthetic.from_receipt(earlier if card.is_outcome else None)
            synthetic = synthetic or Synthetic.of(card, message_id)
            notification = synthetic.notification(card, self._receiver, datetime.now(UTC))
            receipt = synthetic.to_receipt()
        await self._post(notification, message_id, repeated=repeated)
        return receipt

    async def close(self) -> None:
        await self._client.aclose()

    @property
    def place(self) -> str:
        """What of the address may be shown: the path may be a secret."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    async def _post(self, notification: Notification, message_id: str, *, repeated: bool) -> None:
        import httpx

        headers = {
            "User-Agent": self._user_agent,
            "Idempotency-Key": message_id,
            **({"X-Cortex-Repeated": "true"} if repeated else {}),
        }
        extensions = {"sni_hostname": self._sni} if self._sni else {}
        content = payload_of(notification, self._max_alerts)
        try:
            async with asyncio.timeout(DEADLINE_S):
                request = self._client.stream("POST", self.url, json=content, headers=headers, extensions=extensions)
                async with request as answer:
                    await self._judge(answer)
        except TimeoutError:
            reason = f"{self.place} gave no answer within {DEADLINE_S:g} s"
            raise ChannelError(reason, transient=True, may_have_arrived=True) from None
        except httpx.HTTPError as error:
            raise self._broken(error) from None

    async def _judge(self, answer: httpx.Response) -> None:
        """As Alertmanager: 2xx is delivered, 5xx and 429 are tried again, other answers are refusals."""
        if answer.is_success:
            return
        reason = f"{self.place} answers {answer.status_code}{await self._said(answer)}"
        if answer.status_code >= 500 or answer.status_code in PASSING:
            raise ChannelError(reason, transient=True, retry_after_s=_retry_after_s(answer))
        if answer.status_code in ADDRESS_OR_ACCOUNT or answer.status_code < 400:
            remedy = f"look at the address and the credentials of {self.name}"
            raise ChannelError(f"{reason}; {remedy}", transient=False)
        raise MessageRefused(reason)

    async def _said(self, answer: httpx.Response) -> str:
        """The beginning of the body: somebody else's words."""
        content = b""
        async for chunk in answer.aiter_bytes():
            content += chunk
            if len(content) >= MOST_ANSWER_BYTES:
                break
        text = " ".join(content[:MOST_ANSWER_BYTES].decode(errors="replace").split())
        for secret in self._secrets:
            text = text.replace(secret, "***secret***")
        text = mask(text)[:200]
        return f" ({text})" if text.isprintable() and text else ""

    def _broken(self, error: httpx.HTTPError) -> ChannelError:
        import httpx

        never_left = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.ProxyError)
        reason = f"{self.place}: {_words(error)}"
        return ChannelError(reason, transient=True, may_have_arrived=not never_left)


def _retry_after_s(answer: httpx.Response) -> float | None:
    after = answer.headers.get("retry-after", "")
    return min(float(after), LONGEST_RETRY_AFTER_S) if after.isascii() and after.isdigit() else None


def _words(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
