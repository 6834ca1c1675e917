"""What the root helper's policy lets be done and not be undone: asked of the real one before anything is promised."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from probed.actions.performer import OwnHands
from probed.actions.registry import MODULES, build_actions
from probed.actions.through_helper import ThroughHelper, build_performer
from probed.config.actions import ActionsSettings, RestoreModeSettings, RightfulSettings
from probed.errors import ActionRefused
from tests.conftest import require
from tests.helper.process import helper

POLICY = """
peers = ["root"]
[never]
units = []
containers = []
paths = []
[operations]
start_unit.units = ["*.service"]
enable_unit.units = ["*.service"]
start_container.containers = ["*"]
signal_process = {users = ["*"], signals = ["CONT"]}
renice_process = {users = ["*"], least_nice = 5}
ionice_process = {users = ["*"], classes = ["idle"]}
restore_mode = {paths = ["/srv/key"], owners = ["root"], groups = ["root"], modes = ["0640"]}
"""
MORE = """
stop_unit.units = ["batch-*.service"]
disable_unit.units = ["*.service"]
stop_container.containers = ["batch"]
"""
PROCESS = {"pid": 4242, "start_time": 1}
SETTINGS = ActionsSettings(
    restore_mode=RestoreModeSettings(baseline={"/srv/key": RightfulSettings(owner="root", group="root", mode="0640")})
)
Case = tuple[str, Mapping[str, object], Mapping[str, object], str]
REFUSED: list[Case] = [
    ("start_unit", {"unit": "nginx.service"}, {}, "does not allow 'stop_unit'; /etc/cortex/policy.toml lacks that in"),
    ("enable_unit", {"unit": "nginx.service"}, {}, "lacks that in operations.disable_unit"),
    ("start_container", {"container": "web"}, {}, "lacks that in operations.stop_container"),
    ("stop_unit", {"unit": "nginx.service"}, {"stopped_by_it": ["app.timer"]}, "app.timer"),
    ("continue_process", PROCESS, {}, "does not allow STOP"),
    ("renice_process", {**PROCESS, "nice": 10}, {"nice": 0}, "0 is no number from 5"),
    ("ionice_process", PROCESS, {"io_class": "none", "io_level": 0, "nice": 0}, "does not allow best-effort"),
    ("restore_mode", {"path": "/srv/key"}, {"owner": "www-data", "group": "root", "mode": "0644"}, "www-data"),
]
ALLOWED: list[Case] = [
    ("start_unit", {"unit": "batch-a.service"}, {}, ""),
    ("start_unit", {"unit": "batch-a.service"}, {"stopped_by_it": ["nginx.timer"]}, "nginx.timer"),
    ("start_unit", {"unit": "nginx.service"}, {}, "does not allow nginx.service"),
    ("enable_unit", {"unit": "nginx.service"}, {}, ""),
    ("start_container", {"container": "batch"}, {}, ""),
    ("start_container", {"container": "web"}, {}, "does not allow web"),
    ("stop_container", {"container": "web"}, {}, ""),
    ("stop_unit", {"unit": "nginx.service"}, {}, ""),
    ("renice_process", {**PROCESS, "nice": 10}, {"nice": 6}, ""),
    ("ionice_process", PROCESS, {"io_class": "idle", "io_level": 0, "nice": 0}, ""),
    ("restore_mode", {"path": "/srv/key"}, {"owner": "root", "group": "root", "mode": "0640"}, ""),
]


@pytest.fixture(scope="module", params=[False, True], ids=["shipped", "more"])
def asked(request: pytest.FixtureRequest) -> Iterator[tuple[ThroughHelper, list[Case]]]:
    require("root, whose helper it is", present=os.geteuid() == 0)
    with helper(POLICY + MORE * request.param) as woken:
        yield ThroughHelper(woken.path), ALLOWED if request.param else REFUSED


def test_what_the_policy_would_not_let_be_undone_is_known_before(asked: tuple[ThroughHelper, list[Case]]) -> None:
    performer, cases = asked
    actions = build_actions(SETTINGS, performer)

    for name, params, before, words in cases:
        refusal = actions.get(name).refusal_of_roll_back(params, before)
        assert words in refusal if words else refusal == "", (name, params)


def test_a_question_does_nothing_and_is_answered_to_those_alone_whom_the_policy_hears() -> None:
    require("root, whose helper it is", present=os.geteuid() == 0)
    with helper(POLICY.replace('["root"]', '["nobody"]', 1)) as woken:
        assert "does not hear uid 0" in ThroughHelper(woken.path).refusal("start_unit", {"unit": "nginx.service"})
        assert "begins" not in woken.log


def test_who_cannot_be_asked_has_not_agreed(tmp_path: Path) -> None:
    (tmp_path / "helper.sock").touch()

    with pytest.raises(ActionRefused, match="cannot be asked"):
        build_performer(tmp_path / "helper.sock").refusal("stop_unit", {"unit": "nginx.service"})


def test_without_a_helper_nobody_refuses(tmp_path: Path) -> None:
    assert build_performer(tmp_path / "helper.sock").refusal("stop_unit", {"unit": "nginx.service"}) == ""
    assert OwnHands().refusal("stop_unit", {"unit": "nginx.service"}) == ""


def test_each_action_that_can_be_undone_asks() -> None:
    """But one whose roll-back is the same operation on the same object, with a value that the policy does not bound,
    and one that is done within the daemon."""
    actions = build_actions(ActionsSettings())
    tried = {name for name, *_ in (*REFUSED, *ALLOWED)}

    assert {name for name in MODULES if actions.get(name).reversible} - tried == {
        "set_unit_property",
        "raise_model_budget",
    }
