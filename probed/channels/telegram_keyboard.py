"""A card's buttons below a message: `verb:subject` comes back when one is touched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from loguru import logger

from probed.channels.telegram_html import clean
from probed.core.card import Button

if TYPE_CHECKING:
    from telegram import InlineKeyboardButton, InlineKeyboardMarkup

MAX_DATA_BYTES = 64
MAX_LABEL = 64
SHORT_LABEL = 16
"""Two of these fit side by side on a phone."""


def keyboard(buttons: Sequence[Button]) -> InlineKeyboardMarkup | None:
    """None without buttons. One whose data Telegram would not take is left out: the card names the command, too."""
    from telegram import InlineKeyboardMarkup

    rows: list[list[InlineKeyboardButton]] = []
    for button in buttons:
        made = _button(button)
        if made is None:
            logger.warning("a button's data is longer than {} bytes; it is left out", MAX_DATA_BYTES)
        elif rows and len(rows[-1]) == 1 and max(len(made.text), len(rows[-1][0].text)) <= SHORT_LABEL:
            rows[-1].append(made)
        else:
            rows.append([made])
    return InlineKeyboardMarkup(rows) if rows else None


def _button(button: Button) -> InlineKeyboardButton | None:
    from telegram import InlineKeyboardButton

    data = clean(f"{button.verb}:{button.subject}")
    if len(data.encode()) > MAX_DATA_BYTES:
        return None
    label = clean(button.label).replace("\n", " ").strip()
    return InlineKeyboardButton(label[:MAX_LABEL] or button.verb, callback_data=data)
