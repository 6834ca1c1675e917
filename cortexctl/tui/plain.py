"""What `--plain` is: words instead of symbols, no drawing, for whoever hears the screen."""

from __future__ import annotations

from textual.widget import Widget


def is_plain(widget: Widget) -> bool:
    return bool(getattr(widget.app, "is_plain", False))
