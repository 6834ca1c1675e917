"""Spans of time as people type them."""

from __future__ import annotations

import re

import typer

SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "y": 31536000.0}
PART = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdwy])\s*")


def span_text(span_s: float) -> str:
    """As people type them: 14400 is `4h`, 90 is `1m30s`."""
    if 0 < span_s < 1:
        return f"{span_s * 1000:g}ms"
    text, rest_s = "", span_s
    for unit in ("d", "h", "m"):
        count, rest_s = divmod(rest_s, SECONDS[unit])
        text += f"{count:g}{unit}" if count else ""
    return f"{text}{rest_s:g}s" if rest_s or not text else text


def seconds(text: str) -> float:
    """`90s`, `2h`, `1h30m`, `7d`; the parser of an option."""
    clean = text.strip().lower()
    if not clean or len(clean) > 64 or PART.sub("", clean):
        raise typer.BadParameter(f"{text!r} is not a span of time; write it like 30m, 2h, 1h30m or 7d")
    return sum(float(number) * SECONDS[unit] for number, unit in PART.findall(clean))
