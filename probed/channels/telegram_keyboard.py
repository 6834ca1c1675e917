"""A card's buttons below a message: what each carries comes back when it is touched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from loguru import logger

from probed.channels.telegram_callback import Signer
from probed.channels.telegram_html import clean
from probed.core.card import Button

if TYPE_CHECKING:
    from telegram import InlineKeyboardButton, InlineKeyboardMarkup

MAX_LABEL = 64
ROOM = 34
"""So many letters fit side by side on a phone."""
MOST_IN_A_ROW = 3


def keyboard(buttons: Sequence[Button], signer: Signer, chat_id: int) -> InlineKeyboardMarkup | None:
    """None without buttons. What concerns one thing stands together. A button whose data Telegram would not take is
    left out: the card names the command, too."""
    from telegram import InlineKeyboardMarkup

    rows: list[list[InlineKeyboardButton]] = []
    subject = ""
    for button in buttons:
        made = _button(button, signer, chat_id)
        if made is None:
            logger.warning("a button {} of {} cannot be carried by a message", button.verb, button.subject)
            continue
        about = button.subject.partition(".")[0]
        if rows and about == subject and _fits(rows[-1], made):
            rows[-1].append(made)
        else:
            rows.append([made])
        subject = about
    return InlineKeyboardMarkup(rows) if rows else None


def _fits(row: Sequence[InlineKeyboardButton], button: InlineKeyboardButton) -> bool:
    taken = max(len(each.text) for each in (*row, button)) * (len(row) + 1)
    return len(row) < MOST_IN_A_ROW and taken <= ROOM


def _button(button: Button, signer: Signer, chat_id: int) -> InlineKeyboardButton | None:
    from telegram import InlineKeyboardButton

    data = signer.sign(button, chat_id)
    if data is None:
        return None
    label = clean(button.label).replace("\n", " ").strip()
    return InlineKeyboardButton(label[:MAX_LABEL] or button.verb, callback_data=data)
