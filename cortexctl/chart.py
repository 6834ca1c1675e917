"""A number over time as lines of text: an axis, and a curve of braille dots, two columns and four rows to a letter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

ACROSS, DOWN = 2, 4
"""Dots in a letter."""
FIRST = 0x2800
BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
MARGIN = 1.05
STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the curve: `mean` at `x` (from 0 to 1), within the band from `least` to `most`."""

    x: float
    least: float
    mean: float
    most: float


@dataclass(slots=True)
class Canvas:
    columns: int
    rows: int
    low: float
    high: float
    dots: set[tuple[int, int]] = field(default_factory=set)
    band: set[tuple[int, int]] = field(default_factory=set)
    """What lies around the curve, shown more faintly: every other dot of it, so that the curve stays in sight."""

    def column(self, x: float) -> int:
        return min(int(x * self.columns * ACROSS), self.columns * ACROSS - 1)

    def row(self, value: float) -> int:
        """From above."""
        last = self.rows * DOWN - 1
        share = (value - self.low) / (self.high - self.low)
        return last - min(max(round(share * last), 0), last)

    def stroke(self, column: int, least: float, most: float) -> None:
        self.dots |= {(column, row) for row in range(self.row(most), self.row(least) + 1)}

    def curve(self, spans: Sequence[Span], gap: float) -> None:
        """What is farther apart than `gap` is not joined."""
        before: Span | None = None
        for span in spans:
            column = self.column(span.x)
            self.band |= {(column, row) for row in range(self.row(span.most), self.row(span.least) + 1)}
            self.stroke(column, span.mean, span.mean)
            if before and span.x - before.x <= gap:
                self._join(before, span)
            before = span

    def _join(self, left: Span, right: Span) -> None:
        first, last = self.column(left.x), self.column(right.x)
        for column in range(first, last + 1):
            share = (column - first) / (last - first) if last > first else 1.0
            value = left.mean + (right.mean - left.mean) * share
            self.stroke(column, value, value)

    def dotted(self, begin: tuple[float, float], end: tuple[float, float], every: int) -> None:
        """From one (x, value) to another, as far as the canvas goes."""
        first = self.column(begin[0])
        for column in range(first + every, self.columns * ACROSS, every):
            x = (column + 0.5) / (self.columns * ACROSS)
            if x > end[0]:
                return
            value = begin[1] + (end[1] - begin[1]) * (x - begin[0]) / (end[0] - begin[0])
            self.stroke(column, value, value)

    def lines(self, *, is_ascii: bool) -> list[str]:
        return [
            "".join(self._letter(column, row, is_ascii) for column in range(self.columns)) for row in range(self.rows)
        ]

    def _letter(self, column: int, row: int, is_ascii: bool) -> str:
        curve = band = 0
        for down, pair in enumerate(BITS):
            for across, bit in enumerate(pair):
                x, y = column * ACROSS + across, row * DOWN + down
                curve |= bit if (x, y) in self.dots else 0
                band |= bit if (x, y) in self.band and (x + y) % 2 == 0 else 0
        if is_ascii:
            return "*" if curve else ":" if band else " "
        return chr(FIRST + (curve | band)) if curve or band else " "


def bounds(values: Iterable[float]) -> tuple[float, float]:
    """Round numbers around all of them."""
    known = list(values)
    low, high = min(known), max(known)
    width = (high - low) or abs(high) * 0.1 or 1.0
    step = _round_step(width / 4)
    lowest, highest = low - (MARGIN - 1) * width, high + (MARGIN - 1) * width
    bottom = step * (lowest // step)
    return (0.0 if low >= 0 > bottom else bottom), step * -(-highest // step)


def _round_step(raw: float) -> float:
    size = 10.0 ** (len(f"{int(raw)}") - 1) if raw >= 1 else 10.0 ** -next(n for n in range(1, 320) if raw * 10**n >= 1)
    return next(size * step for step in STEPS if size * step >= raw)


def framed(canvas: Canvas, unit: str, marks: Sequence[tuple[float, str]], *, is_ascii: bool) -> list[str]:
    """With numbers at the left, and the `marks` (from 0 to 1, what) below."""
    lines = canvas.lines(is_ascii=is_ascii)
    shown = {row: _value_at(canvas, row) for row in (0, (canvas.rows - 1) // 2, canvas.rows - 1)}
    labels = [number(shown[row], unit) if row in shown else "" for row in range(canvas.rows)]
    width = max(map(len, labels))
    side, corner, floor = ("|", "+", "-") if is_ascii else ("┤", "└", "─")
    edge = "|" if is_ascii else "│"
    framed_lines = [
        f"{label.rjust(width)} {side if label else edge}{line}".rstrip()
        for label, line in zip(labels, lines, strict=True)
    ]
    blank = " " * (width + 1)
    return [
        *framed_lines,
        blank + corner + floor * canvas.columns,
        (blank + " " + _marked(canvas.columns, marks)).rstrip(),
    ]


def _value_at(canvas: Canvas, row: int) -> float:
    return canvas.high - (canvas.high - canvas.low) * row / max(canvas.rows - 1, 1)


def number(value: float, unit: str) -> str:
    """Three digits that count; what is large has all of them."""
    text = f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{text}{unit if unit == '%' else ''}"


def _marked(columns: int, marks: Sequence[tuple[float, str]]) -> str:
    """Each text around its place; one that would touch another is left out."""
    line = [" "] * columns
    for place, text in marks:
        shift = 0 if place == 0 else len(text) if place == 1 else len(text) // 2
        begin = max(round(place * columns) - shift, 0)
        if begin + len(text) <= columns and not "".join(line[max(begin - 1, 0) : begin + len(text) + 1]).strip():
            line[begin : begin + len(text)] = text
    return "".join(line)
