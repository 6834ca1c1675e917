"""The heartbeat's request: one GET, as Healthchecks and its like want it."""

from __future__ import annotations

import asyncio
import re
from importlib.metadata import version
from urllib.parse import urljoin, urlsplit, urlunsplit

from probed.config.heartbeat import HeartbeatSettings
from probed.config.secret import read_secret
from probed.errors import ChannelError, ConfigError

MOST_REDIRECTS = 3


class HttpLifeSign:
    def __init__(self, settings: HeartbeatSettings) -> None:
        """Raises ConfigError, which does not hold a URL that came from a file."""
        import httpx

        self._url = heartbeat_url(settings)
        self._fail_path, self._timeout_s = settings.fail_path, settings.timeout
        parts = urlsplit(self._url)
        self.place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        self._client = httpx.AsyncClient(
            headers={"User-Agent": f"Cortex/{version('cortex-ops')}"},
            timeout=settings.timeout,
            verify=httpx.create_ssl_context() if parts.scheme == "https" else False,
            trust_env=False,
        )

    async def give(self, *, ready: bool) -> bool:
        if not ready and not self._fail_path:
            return False
        url = self._url if ready else _below(self._url, self._fail_path)
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._get(url)
        except TimeoutError:
            raise ChannelError(f"no answer within {self._timeout_s:g} s", transient=True) from None
        return True

    async def close(self) -> None:
        await self._client.aclose()

    async def _get(self, url: str) -> None:
        """Redirects are followed at the same place only: somebody else's yes would prove nothing."""
        import httpx

        for _ in range(MOST_REDIRECTS + 1):
            try:
                async with self._client.stream("GET", url) as answer:
                    status, location = answer.status_code, answer.headers.get("location", "")
            except httpx.HTTPError as error:
                raise ChannelError(str(error) or type(error).__name__, transient=True) from None
            if 200 <= status < 300:
                return
            if not 300 <= status < 400 or not location:
                raise ChannelError(f"it answers {status}", transient=True)
            url = self._same_place(urljoin(url, location))
        raise ChannelError(f"it redirects more than {MOST_REDIRECTS} times", transient=True)

    def _same_place(self, url: str) -> str:
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" != self.place:
            raise ChannelError(f"it redirects to another place ({parts.netloc[:100]!r})", transient=True)
        return url


def heartbeat_url(settings: HeartbeatSettings) -> str:
    """Raises ConfigError."""
    url = read_secret(settings.url_file, "heartbeat.url_file") if settings.url_file else settings.url or ""
    if re.fullmatch(r"https?://[^\s/?#]+([/?]\S*)?", url) is None:
        place = str(settings.url_file or "heartbeat.url")
        raise ConfigError(place, 0, "the heartbeat needs a URL like https://hc.example.org/ping/…")
    return url


def _below(url: str, path: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + path))
