from __future__ import annotations

from collections.abc import Callable

import pytest

from probed.core.count import alerts_text, events_text, open_alerts_text, waiting_decisions_text
from probed.core.phrases import Language, speak


@pytest.mark.parametrize(
    ("words", "one", "two", "chinese"),
    [
        (alerts_text, "1 alert", "2 alerts", "1 条告警"),
        (open_alerts_text, "1 open alert", "2 open alerts", "1 条未恢复的告警"),
        (waiting_decisions_text, "1 waiting decision", "2 waiting decisions", "1 项待决策"),
        (events_text, "1 event", "2 events", "1 个事件"),
    ],
)
def test_one_is_no_plural(words: Callable[[int], str], one: str, two: str, chinese: str) -> None:
    assert (words(1), words(2), words(0)) == (one, two, two.replace("2", "0"))
    speak(Language.ZH)
    try:
        assert words(1) == chinese
    finally:
        speak(Language.EN)
