"""Mail, Slack, ntfy, PagerDuty and whatever else Apprise speaks: one URL is one channel."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from probed.channels.apprise_log import captured, refusal
from probed.channels.apprise_url import read_service
from probed.channels.telegram_html import REPLACED
from probed.config.secret import SecretCommand
from probed.core.card import Card, CardKind
from probed.errors import ChannelError, DeadlineExceeded, Overloaded
from probed.ports import Workers

if TYPE_CHECKING:
    from apprise import Apprise, NotifyBase

DEADLINE_S = 40.0
MOST_CHARACTERS = {"pagerduty": 1024}
"""Where Apprise allows more than the service takes."""
LEAST_ROOM = 200
MENTION = re.compile(r"(?<!\w)([@!])(?=[\w&!])")
"""What a chat takes for a call to everybody (`@everyone`, `<!channel>`)."""


@dataclass(frozen=True, slots=True)
class Letter:
    title: str
    body: str
    is_html: bool


class AppriseChannel:
    kind = "apprise"
    is_program = False
    can_edit = False

    def __init__(self, name: str, url_file: Path | SecretCommand, workers: Workers) -> None:
        """`workers`: of its own, so that a service that hangs holds nobody else up. Raises ConfigError."""
        self.name = name
        self._service, self._redact = read_service(url_file, f"channels.{name}.apprise_url_file")
        self._workers = workers

    async def turn(self) -> None:
        """Apprise itself keeps the pace that a service asks for."""

    async def send(
        self, card: Card, message_id: str, *, repeated: bool, earlier: Mapping[str, object] | None
    ) -> Mapping[str, object]:
        letter = compose(self._service, card, message_id, repeated=repeated)
        try:
            await self._workers.run(
                lambda: self._notify(letter, card), deadline_s=DEADLINE_S, name=f"channel {self.name}"
            )
        except DeadlineExceeded as error:
            raise ChannelError(str(error), transient=True, may_have_arrived=True) from None
        except Overloaded as error:
            raise ChannelError(str(error), transient=True) from None
        return {}

    def _notify(self, letter: Letter, card: Card) -> None:
        """Blocking. What goes wrong inside Apprise may hold the URL, so it is told without its traceback."""
        from apprise import NotifyFormat

        body_format = NotifyFormat.HTML if letter.is_html else NotifyFormat.TEXT
        with captured() as lines:
            try:
                done = _alone(self._service).notify(
                    letter.body, letter.title, notify_type=_type_of(card), body_format=body_format
                )
            except Exception as error:  # noqa: BLE001 - a plugin may raise anything; translated
                raise ChannelError(self._redact(f"{type(error).__name__}: {error}"), transient=True) from None
        if not done:
            raise refusal(lines, self._redact, is_partial=len(self._service) > 1)


def compose(service: NotifyBase, card: Card, message_id: str, *, repeated: bool) -> Letter:
    """Nothing in it means anything to the service: Apprise escapes plain text for HTML, and HTML for Markdown."""
    from apprise import NotifyFormat

    is_html = service.notify_format == NotifyFormat.MARKDOWN
    title = _plain(" ".join(f"{card.host}: {card.title}".split()))
    mark = f"#{message_id[-6:]}" + (" (repeated)" if repeated else "")
    text = _plain("\n".join([*_lines(card), mark]))
    most = min(service.body_maxlen, MOST_CHARACTERS.get(service.schema, service.body_maxlen))
    if service.title_maxlen > 0:
        title = title[: service.title_maxlen]
    else:  # Apprise puts it before the body
        title = title[: most // 2]
        most -= len(title)
    body = _cut(text, most // 2 if is_html else most - 10, message_id)
    if not is_html:
        return Letter(title, body, is_html)
    return Letter(
        title if service.title_maxlen > 0 else html.escape(title),
        html.escape(body, quote=False).replace("\n", "<br/>"),
        is_html,
    )


def _lines(card: Card) -> list[str]:
    return [line for line in card.as_text().split("\n")[1:] if line.strip()] or [" ".join(card.title.split())]


def _plain(text: str) -> str:
    return MENTION.sub("\\1\u2060", text.translate(REPLACED))


def _cut(text: str, most: int, message_id: str) -> str:
    if len(text) <= most:
        return text
    rest = f"\n… the rest: cortexctl messages show {message_id}"
    return text[: max(most, LEAST_ROOM) - len(rest)] + rest


def _alone(service: NotifyBase) -> Apprise:
    from apprise import Apprise

    from probed.channels.apprise_url import asset

    one = Apprise(asset=asset())
    one.add(service)
    return one


def _type_of(card: Card) -> str:
    if card.kind is CardKind.RESOLVED:
        return "success"
    return {"critical": "failure", "warning": "warning"}.get(card.severity, "info")
