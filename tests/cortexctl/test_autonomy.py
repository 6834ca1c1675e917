from __future__ import annotations

import pytest

from cortexctl.exits import Exit
from probed.wire import paths
from probed.wire.autonomy import ModesShape
from tests.cortexctl import samples
from tests.cortexctl.conftest import Ctl
from tests.cortexctl.stub_daemon import StubDaemon


@pytest.mark.parametrize(
    ("words", "body"),
    [
        (["act"], {"mode": "act", "action": ""}),
        (["default"], {"mode": None, "action": ""}),
        (["earned", "--action", "clean_files"], {"mode": "earned", "action": "clean_files"}),
    ],
)
def test_a_mode_is_chosen(host: StubDaemon, ctl: Ctl, words: list[str], body: object) -> None:
    host.answer(f"POST {paths.MODE}", samples.MODES)

    result = ctl("mode", *words)

    assert result.exit == Exit.OK
    assert host.bodies(paths.MODE) == [body]


def test_an_action_without_a_mode_of_its_own_follows_the_general_one(host: StubDaemon, ctl: Ctl) -> None:
    assert ctl("mode", "--action", "restart_unit").out == "restart_unit: act, as in general\n"
    assert ctl("mode", "--action", "clean_files").out == "clean_files: earned\n"


def test_what_nobody_chose_comes_from_the_configuration(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answer(f"GET {paths.MODE}", ModesShape("observe", "observe", None, {}))

    assert ctl("mode").out == "observe (by the configuration)\n"


@pytest.mark.parametrize("words", [["mode", "panic"], ["autonomy", "pin", "restart_unit", "unit", "roof"]])
def test_what_is_no_mode_and_no_rung_asks_nothing_of_the_daemon(host: StubDaemon, ctl: Ctl, words: list[str]) -> None:
    result = ctl(*words)

    assert result.exit == Exit.USAGE
    assert "one of observe" in result.err
    assert host.requests == []


@pytest.mark.parametrize(
    ("words", "rung"), [(["pin", "restart_unit", "unit", "ask"], "ask"), (["unpin", "restart_unit", "unit"], None)]
)
def test_a_pin_is_set_and_taken_back(host: StubDaemon, ctl: Ctl, words: list[str], rung: str | None) -> None:
    host.answer(f"POST {paths.AUTONOMY}", samples.STANDING)

    result = ctl("autonomy", *words)

    assert result.exit == Exit.OK
    assert host.bodies(paths.AUTONOMY) == [{"action": "restart_unit", "object_kind": "unit", "rung": rung}]
