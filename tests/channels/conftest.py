from __future__ import annotations

from collections.abc import Iterator

import pytest
from loguru import logger

from probed.core.phrases import Language, speak


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """What is logged, of every level."""
    found: list[str] = []
    number = logger.add(lambda message: found.append(str(message)), level=0, format="{level} {message}")
    yield found
    logger.remove(number)


@pytest.fixture
def chinese() -> Iterator[None]:
    speak(Language.ZH)
    yield
    speak(Language.EN)
