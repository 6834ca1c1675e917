"""The connection to a program's webhook, as its `http_config` says."""

from __future__ import annotations

import re
import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from probed.config.receivers import HttpSettings, TlsSettings, WebhookSettings
from probed.config.sanity import has_port
from probed.config.secret import read_secret
from probed.errors import ConfigError

if TYPE_CHECKING:
    import httpx

CONNECT_S = 5.0
ANSWER_S = 20.0
LEAST_SECRET = 8
"""Characters; shorter pieces of an address are words."""


def read_url(settings: WebhookSettings, name: str) -> str:
    """Raises ConfigError, which does not hold a URL that came from a file."""
    url = read_secret(settings.url_file, f"url_file of {name}") if settings.url_file else settings.url
    if re.fullmatch(r"https?://[^\s/?#]+([/?#]\S*)?", url) is None or not has_port(url):
        raise ConfigError(str(settings.url_file or name), 0, f"{name} needs a URL like https://example.org/hook")
    return url


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the program is to know us by; read once, for whoever needs it."""

    headers: Mapping[str, str]
    login: tuple[str, str] | None
    """Name and password."""


def read_credentials(settings: HttpSettings, name: str) -> Credentials:
    """Raises ConfigError."""
    return Credentials(_authorization(settings, name), _login(settings, name))


def build_client(settings: HttpSettings, credentials: Credentials, url: str, name: str) -> httpx.AsyncClient:
    """Raises ConfigError where a file cannot be used."""
    import httpx

    return httpx.AsyncClient(
        headers=dict(credentials.headers),
        auth=credentials.login,
        verify=_trust(settings.tls_config or TlsSettings(), name) if url.startswith("https") else False,
        proxy=settings.proxy_url or None,
        timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S),
        follow_redirects=settings.follow_redirects,
        max_redirects=5,
        limits=httpx.Limits(max_connections=2, max_keepalive_connections=1, keepalive_expiry=60.0),
        trust_env=False,
    )


def secrets_of(credentials: Credentials, url: str) -> tuple[str, ...]:
    """What may be secret of what is sent along, the longest first: many a server repeats the address in its answer."""
    parts = urlsplit(url)
    pieces = {*parts.path.split("/"), *(value for _, value in parse_qsl(parts.query)), parts.query, parts.path}
    pieces |= {parts.username or "", parts.password or ""}
    pieces |= {word for line in credentials.headers.values() for word in line.split()}
    if login := credentials.login:
        pieces |= {login[1], b64encode(":".join(login).encode()).decode()}
    every = {form for piece in pieces for form in (piece, unquote(piece)) if len(form) >= LEAST_SECRET}
    return tuple(sorted(every, key=len, reverse=True))


def _authorization(settings: HttpSettings, name: str) -> dict[str, str]:
    wanted = settings.authorization
    if wanted is None or wanted.credentials_file is None:
        return {}
    secret = read_secret(wanted.credentials_file, f"authorization.credentials_file of {name}")
    return {"Authorization": f"{wanted.type} {secret}"}


def _login(settings: HttpSettings, name: str) -> tuple[str, str] | None:
    wanted = settings.basic_auth
    if wanted is None:
        return None
    file = wanted.password_file
    return wanted.username, read_secret(file, f"basic_auth.password_file of {name}") if file else ""


def _trust(settings: TlsSettings, name: str) -> ssl.SSLContext:
    import httpx

    try:
        context = (
            ssl.create_default_context(cafile=settings.ca_file) if settings.ca_file else httpx.create_ssl_context()
        )
        if settings.cert_file:
            context.load_cert_chain(settings.cert_file, settings.key_file)
    except OSError as error:
        raise ConfigError(name, 0, f"tls_config cannot be used: {error.strerror or error}") from error
    if settings.insecure_skip_verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
