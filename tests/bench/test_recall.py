"""What a known fault costs is only measured where each question was answered as it should be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.measures import recall
from tests.agent.known_fault import script


@pytest.mark.parametrize(
    ("plays", "why"),
    [
        (lambda folder: "garbage", "no message"),
        (lambda folder: script(folder, same="no"), "after 7 requests"),
    ],
)
async def test_a_model_that_does_not_answer_as_it_should_is_no_saving(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plays: Callable[[Path], Any], why: str
) -> None:
    monkeypatch.setattr(recall, "script", plays)

    with pytest.raises(RuntimeError, match=f"did not look and answer as it should: .*({why})"):
        await recall._sent(tmp_path, "anthropic")
