"""One Apprise URL: the service behind it, and what of it must never be shown."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from probed.config.secret import SecretCommand, read_secret
from probed.core.redaction import mask
from probed.errors import ConfigError

if TYPE_CHECKING:
    from apprise import AppriseAsset, NotifyBase

HIDDEN = "***"
LEAST_HIDDEN = 4
"""A shorter piece of a URL is a word like any other, unless it is the password."""


def read_service(path: Path | SecretCommand, key: str) -> tuple[NotifyBase, Redaction]:
    """Raises ConfigError, which never holds the URL."""
    from apprise import Apprise, NotifyBase

    from probed.channels.apprise_log import captured

    url = read_secret(path, key)
    with captured():  # what Apprise says about a URL holds it
        service = Apprise.instantiate(url, asset=asset(), suppress_exceptions=True)
    if not isinstance(service, NotifyBase):
        raise ConfigError(str(path), 0, f"{key} holds no URL that Apprise knows, like mailtos:// or ntfys://")
    return service, Redaction(url)


@cache
def asset() -> AppriseAsset:
    """Sends one after another in the calling thread, keeps nothing on disk, follows nobody to another place."""
    from apprise import AppriseAsset

    return AppriseAsset(
        app_id="Cortex", app_desc="Cortex", async_mode=False, http_redirects=False, storage_mode="memory"
    )


class Redaction:
    """Takes a URL's secrets out of a text."""

    def __init__(self, url: str) -> None:
        pieces = sorted(set(_pieces(url)), key=len, reverse=True)
        self._secrets = re.compile("|".join(map(_pattern, pieces)) or r"(?!)")

    def __call__(self, text: str) -> str:
        return mask(self._secrets.sub(HIDDEN, text))


def _pieces(url: str) -> list[str]:
    """Whatever stands in the URL, but a host's name: with some services a token stands in its place, which has no
    dot."""
    parts = urlsplit(url)
    login, _, place = parts.netloc.rpartition("@")
    host = place.partition(":")[0]
    user, _, password = login.partition(":")
    pieces = [
        *re.split(r"[/:]", parts.path + "/" + parts.fragment),
        user,
        *(value for _, value in parse_qsl(parts.query)),
    ]
    if "." not in host and host != "localhost":
        pieces.append(host)
    long = [piece for piece in pieces if len(piece) >= LEAST_HIDDEN]
    return [form for piece in (*long, *([password] if password else [])) for form in (piece, unquote(piece)) if form]


def _pattern(piece: str) -> str:
    return re.escape(piece) if len(piece) >= LEAST_HIDDEN else rf"(?<!\w){re.escape(piece)}(?!\w)"
