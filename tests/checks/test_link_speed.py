"""Links as the kernel tells of them: the test machines' cards have no speed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from probed.checks import link_speed
from probed.core.finding import Severity
from probed.core.observation import Absent
from probed.host import interfaces
from probed.host.interfaces import Interface
from tests.checks.looking import Watcher, look

Show = Callable[[Interface], None]
CARD = Interface(
    name="eth0",
    is_set_up=True,
    has_carrier=True,
    had_carrier=True,
    is_hardware=True,
    speed_mbit=1000,
    packets=1,
    errors=0,
    dropped=0,
)


@pytest.fixture
def show(monkeypatch: pytest.MonkeyPatch) -> Show:
    return lambda card: monkeypatch.setattr(interfaces, "interfaces", lambda: {"eth0": card})


def test_a_link_that_became_slower_is_told_until_that_is_usual(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    watcher = Watcher("link_speed", {"keep": "7d"})
    show(CARD)
    assert watcher.findings() == {}

    show(replace(CARD, speed_mbit=0, has_carrier=False))
    assert isinstance(watcher.answer()[0], Absent)
    show(replace(CARD, speed_mbit=100))
    assert watcher.findings() == {"eth0": Severity.WARNING}
    assert watcher.look()["eth0"].summary == "eth0 runs at 100 Mbit/s, and had 1000 before"

    later = time.time() + 8 * 86400
    monkeypatch.setattr(link_speed.time, "time", lambda: later)  # type: ignore[attr-defined]
    assert watcher.findings() == {}


def test_a_link_is_held_to_what_it_should_have(show: Show) -> None:
    show(replace(CARD, speed_mbit=100))

    assert Watcher("link_speed").findings() == {}
    assert Watcher("link_speed", {"at_least": 1000}).findings() == {"eth0": Severity.WARNING}


def test_half_duplex_is_a_warning(show: Show) -> None:
    show(replace(CARD, is_half_duplex=True))

    assert Watcher("link_speed").findings() == {"eth0": Severity.WARNING}


def test_a_card_without_a_speed_is_no_fault(show: Show) -> None:
    show(replace(CARD, speed_mbit=0))

    assert look("link_speed") == (Absent("network interface that tells its speed"),)
