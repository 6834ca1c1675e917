"""Who may come in: whoever has the address that was printed, from a page of this server's own."""

from __future__ import annotations

import enum
import secrets
from dataclasses import dataclass, field
from hmac import compare_digest

OUR_NAMES = frozenset({"127.0.0.1", "localhost"})
COOKIE = "cortex"


class Way(enum.Enum):
    """What becomes of a request; the value says it to whoever is refused."""

    IN = ""
    EXCHANGE = "the token is exchanged for a cookie"
    OTHER_NAME = "this server is asked for as 127.0.0.1 or localhost only"
    OTHER_ORIGIN = "a page of another origin may not ask"
    NO_SUCH_PLACE = "open the address that cortexctl web has printed"
    WRONG_TOKEN = "this token is none; open the address that cortexctl web has printed last"  # noqa: S105 - words
    NO_COOKIE = "open the address that cortexctl web has printed, token and all"


@dataclass(frozen=True, slots=True)
class Asking:
    """What counts of a request; `cookie` and `origin` are empty where it has none."""

    host: str
    path: str
    origin: str = ""
    token: str | None = None
    cookie: str = ""
    is_websocket: bool = False


@dataclass(frozen=True, slots=True)
class Gate:
    """Anew with each start, so that what was printed and kept before opens nothing any more."""

    token: str = field(default_factory=secrets.token_urlsafe)
    cookie: str = field(default_factory=secrets.token_urlsafe)
    place: str = field(default_factory=lambda: f"/{secrets.token_urlsafe(12)}/")
    """The folder that everything lies in. Cookies know no ports: without it a browser would hand ours to every server
    on this host, another user's among them."""

    def way(self, asking: Asking) -> Way:
        if name_of(asking.host) not in OUR_NAMES:  # a name of somebody else's that leads here: DNS rebinding
            return Way.OTHER_NAME
        if asking.origin != f"http://{asking.host}" and (asking.origin or asking.is_websocket):
            return Way.OTHER_ORIGIN
        if not asking.path.startswith(self.place):
            return Way.NO_SUCH_PLACE
        if asking.token is not None and asking.path == self.place:
            return Way.EXCHANGE if same(asking.token, self.token) else Way.WRONG_TOKEN
        return Way.IN if same(asking.cookie, self.cookie) else Way.NO_COOKIE


def name_of(host: str) -> str:
    """Whatever the port: that of `ssh -L` is another one than ours."""
    name, _, port = host.partition(":")
    return name if not port or port.isdecimal() else ""


def same(one: str, other: str) -> bool:
    return compare_digest(one.encode(errors="replace"), other.encode())
