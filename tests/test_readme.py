"""What the documents promise is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cortexctl.cli import ACT, LOOK, SET_UP
from cortexctl.exits import Exit
from probed.actions.registry import build_actions
from probed.checks.registry import CheckRegistry
from probed.config.actions import ActionsSettings
from probed.config.documents import load_documents
from probed.config.reference import keys

TREE = Path(__file__).parents[1]
README = (TREE / "README.md").read_text()


def test_the_example_of_an_inspection_can_be_used(tmp_path: Path) -> None:
    (example,) = re.findall(r"```\n(---\nid:.*?)```", README, re.DOTALL)
    (tmp_path / "web.md").write_text(example)

    inspections, broken = load_documents(tmp_path, CheckRegistry(), build_actions(ActionsSettings()).names())

    assert not broken
    assert [inspection.id for inspection in inspections] == ["web"]


def test_every_command_exists() -> None:
    nouns = set(re.findall(r"cortexctl (\w+)", README))

    assert nouns <= {*LOOK, *ACT, *SET_UP}


def test_every_exit_code_is_explained() -> None:
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)] == [int(code) for code in Exit]


def test_every_setting_that_is_named_exists() -> None:
    named = set(re.findall(r"`((?:agent|telegram|mode|api|monitor)\.\w+)", README))

    assert named
    assert named <= {key.name for key in keys()}


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_path_that_is_named_exists(document: str) -> None:
    paths = re.findall(r"`((?:probed|cortexctl|tests|inspections)/[\w/.]*)`", (TREE / document).read_text())

    assert paths
    assert [path for path in paths if not re.search("NAME|NOUN|SECTION", path) and not (TREE / path).exists()] == []
