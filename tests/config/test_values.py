from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from probed.config.values import PARTS, PERCENT, SIZE, names, percent, seconds, size_bytes


@pytest.mark.parametrize(
    ("written", "found"),
    [(90, 90.0), ("90s", 90.0), ("1h30m", 5400.0), ("1.5 h", 5400.0), ("250ms", 0.25), ("7d", 604800.0)],
)
def test_durations(written: object, found: float) -> None:
    assert seconds(written) == found


@pytest.mark.parametrize(
    "written", ["", "5", "5x", "5m later", "m5", True, None, -1, 10**400, "9" * 400 + "d", "101 w 5z"]
)
def test_what_is_no_duration(written: object) -> None:
    with pytest.raises(ValueError, match="duration"):
        seconds(written)


@pytest.mark.parametrize(("written", "found"), [("80%", 80.0), (80, 80.0), (" 99.5 % ", 99.5)])
def test_percentages(written: object, found: float) -> None:
    assert percent(written) == found


@pytest.mark.parametrize("written", ["", "%", "-5%", "80 %%", True, None])
def test_what_is_no_percentage(written: object) -> None:
    with pytest.raises(ValueError, match="percentage"):
        percent(written)


@pytest.mark.parametrize(
    ("written", "found"), [(4096, 4096), ("500M", 500_000_000), ("10 GiB", 10 * 2**30), ("1.5k", 1500), ("3b", 3)]
)
def test_sizes(written: object, found: int) -> None:
    assert size_bytes(written) == found


@pytest.mark.parametrize("written", ["", "10 X", "-1k", True, "9" * 400, "99999999 TiB"])
def test_what_is_no_size(written: object) -> None:
    with pytest.raises(ValueError, match="size"):
        size_bytes(written)


HOSTILE = (
    "1" * 200_000,
    "1" + " " * 200_000 + "x",
    " " * 200_000,
    "1.1" * 70_000,
    "1m" * 100_000,
    {"a": "1" * 200_000},
)


@pytest.mark.parametrize("parse", [seconds, percent, size_bytes])
@pytest.mark.parametrize("written", HOSTILE, ids=lambda written: str(written)[:4])
def test_a_long_text_is_refused_at_once_and_in_few_words(parse: Callable[[object], float], written: object) -> None:
    began = time.process_time()

    with pytest.raises(ValueError, match="is not a") as caught:
        parse(written)

    assert time.process_time() - began < 0.1
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("pattern", [PARTS, PERCENT, SIZE])
@pytest.mark.parametrize("text", [text for text in HOSTILE if isinstance(text, str)], ids=lambda text: text[:4])
def test_each_character_is_looked_at_once(pattern: re.Pattern[str], text: str) -> None:
    began = time.process_time()

    pattern.fullmatch(text)

    assert time.process_time() - began < 0.5


def test_one_name_counts_as_a_list() -> None:
    assert names("a") == ("a",)
    assert names(["a", "b"]) == ("a", "b")
    assert names(5) == 5
