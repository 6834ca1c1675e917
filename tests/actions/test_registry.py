from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import probed.actions
from probed.actions.registry import MODULES, build_actions
from probed.config.actions import ActionsSettings
from probed.errors import ActionFailed, NotFound
from probed.ports.world import Action


def test_each_action_carries_the_name_it_is_registered_under() -> None:
    actions = build_actions(ActionsSettings())

    assert [actions.get(name).name for name in actions.names()] == list(MODULES)


def test_each_action_answers_all_that_the_engine_asks() -> None:
    actions = build_actions(ActionsSettings())
    asked = {name for name in (*Action.__annotations__, *vars(Action)) if not name.startswith("_")}

    missing = {name: {each for each in asked if not hasattr(actions.get(name), each)} for name in actions.names()}

    assert {name: lacks for name, lacks in missing.items() if lacks} == {}


@pytest.mark.parametrize("name", MODULES)
def test_each_is_bounded_says_what_it_may_hit_and_has_a_way_back_or_says_that_it_has_none(name: str) -> None:
    action = build_actions(ActionsSettings()).get(name)

    assert min(action.cooldown_s, action.daily_cap, action.settle_s, action.deadline_s) > 0
    assert action.blast_radius
    if not action.reversible:
        with pytest.raises(ActionFailed, match="irreversible"):
            action.roll_back({}, {})


def test_an_action_is_built_once_because_it_remembers_what_is_to_be_verified() -> None:
    actions = build_actions(ActionsSettings())

    assert actions.get("clean_files") is actions.get("clean_files")


def test_an_unknown_action_is_named_with_those_that_exist() -> None:
    with pytest.raises(NotFound, match=r"no action 'rm'; there are clean_files, .*restart_unit"):
        build_actions(ActionsSettings()).get("rm")


def test_an_action_is_not_imported_before_it_is_asked_for() -> None:
    program = (
        "import sys; from probed.actions.registry import build_actions; "
        "from probed.config.actions import ActionsSettings; "
        "build_actions(ActionsSettings()).names(); "
        "sys.exit(any(name in sys.modules for name in ('probed.actions.clean_files', 'probed.actions.restart_unit')))"
    )

    folder = Path(probed.actions.__file__ or "").parents[2]
    assert subprocess.run([sys.executable, "-c", program], cwd=folder, timeout=30).returncode == 0
