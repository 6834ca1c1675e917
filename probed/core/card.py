"""A card: one message to a person, the same for every channel; a channel only renders it."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import cast

from probed.core.notification import Notification


class CardKind(enum.StrEnum):
    ALERT = "alert"
    RESOLVED = "resolved"
    DECISION = "decision"
    FIRST_SWEEP = "first_sweep"
    DIGEST = "digest"
    NOTICE = "notice"
    ANSWER = "answer"
    """To what a person asked in a chat; it is not kept."""


class Manner(enum.StrEnum):
    """How a card stands to the earlier message about the same subject. An edited message notifies nobody."""

    MESSAGE = "message"
    """A message of its own: a problem, one that got worse, a reminder, a question."""
    UPDATE = "update"
    """It takes the earlier message's place where that can be changed, else it is a message in reply to it."""
    MARK = "mark"
    """An update that is no news: whoever has no earlier message, or a channel that cannot change one, is not told."""


@dataclass(frozen=True, slots=True)
class Button:
    """Something a person may do with one touch; `verb` is a method of the Operator port, `subject` its argument."""

    label: str
    verb: str
    subject: str


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    lines: tuple[str, ...] = ()
    subject: str = ""
    """Id of the alert that the section tells about, if it is about one."""


@dataclass(frozen=True, slots=True)
class Card:
    kind: CardKind
    host: str
    title: str
    severity: str = ""
    sections: tuple[Section, ...] = ()
    commands: tuple[str, ...] = ()
    """What to type to act on exactly this, or to silence it."""
    buttons: tuple[Button, ...] = ()
    manner: Manner = Manner.MESSAGE
    notification: Notification | None = None
    """What a program is told; None in a message to people."""

    @property
    def can_be_replaced(self) -> bool:
        """Whether a later card about the same subject says all that this one says: a collection tells of more."""
        return self.kind in (CardKind.ALERT, CardKind.RESOLVED, CardKind.DECISION)

    @property
    def is_outcome(self) -> bool:
        """Whether it takes the place of a question that needs no answer any more."""
        return self.kind is CardKind.DECISION and not self.buttons

    def to_payload(self) -> dict[str, object]:
        """Without what is not there, so that it can be read back by any version."""
        payload = asdict(replace(self, notification=None))
        del payload["notification"]
        return {**payload, "notification": self.notification.to_payload()} if self.notification else payload

    @classmethod
    def from_payload(cls, payload: Mapping[str, object]) -> Card:
        sections = cast(Sequence[Mapping[str, object]], payload["sections"])
        buttons = cast(Sequence[Mapping[str, str]], payload["buttons"])
        notification = cast("Mapping[str, object] | None", payload.get("notification"))
        return cls(
            kind=CardKind(str(payload["kind"])),
            host=str(payload["host"]),
            title=str(payload["title"]),
            severity=str(payload["severity"]),
            sections=tuple(
                Section(
                    str(section["title"]),
                    tuple(cast(Sequence[str], section["lines"])),
                    str(section.get("subject", "")),
                )
                for section in sections
            ),
            commands=tuple(cast(Sequence[str], payload["commands"])),
            buttons=tuple(Button(**button) for button in buttons),
            manner=Manner(str(payload.get("manner", Manner.MESSAGE))),
            notification=Notification.from_payload(notification) if notification else None,
        )

    def as_text(self) -> str:
        """Plain text, for the journal and for channels without markup."""
        parts = [f"{self.host}: {self.title}"]
        for section in self.sections:
            parts += [section.title] if section.title else []
            parts += [f"  {line}" for line in section.lines]
        return "\n".join([*parts, *(f"$ {command}" for command in self.commands)])
