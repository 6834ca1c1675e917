from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cortexctl import times
from probed.wire import paths
from tests.cortexctl.samples import NOW
from tests.cortexctl.stub_daemon import StubDaemon, json_answer
from tests.cortexctl.tui import samples
from tests.cortexctl.tui.feed import Feed


@pytest.fixture(autouse=True)
def fixed_clock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """It is the moment of the samples, in UTC, in a terminal with all colours, and nobody's preferences."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(times, "now", lambda: NOW)
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def feed() -> Feed:
    return Feed(*samples.EVENTS)


@pytest.fixture
def atlas(daemon: StubDaemon, feed: Feed) -> StubDaemon:
    """The daemon of the host of the samples."""
    daemon.answer(f"GET {paths.STATUS}", samples.STATUS)
    daemon.misbehave(f"GET {paths.EVENTS}", feed)
    daemon.serve(f"GET {paths.TREND}", lambda query: json_answer(samples.trend(query)))
    return daemon
