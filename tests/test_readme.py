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
DRAWN = "architecture.svg"
"""By hand."""
README = (TREE / "README.md").read_text()


def test_the_example_of_an_inspection_can_be_used(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(---\nid:.*?)```", README, re.DOTALL)
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
    pages = "".join(page.read_text() for page in (TREE / "docs" / "guide").glob("*.md"))
    named = set(re.findall(r"`((?:agent|telegram|backup|alerts|api|monitor)\.\w+)`", pages))

    names = {key.name for key in keys()}

    assert named
    assert named <= names | {name.rpartition(".")[0] for name in names}, "a setting, or a part with several"


def test_every_action_is_listed_as_it_is() -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*\| (\w+) \| (yes|no) \|$", (TREE / "docs/actions.md").read_text(), re.MULTILINE)
    actions = build_actions(ActionsSettings())

    told = {name: (risk, reversible == "yes") for name, risk, reversible in rows}

    assert told == {name: (actions.get(name).risk, actions.get(name).reversible) for name in actions.names()}


def test_the_example_of_actions_can_be_used(tmp_path: Path) -> None:
    (example,) = re.findall(r"```\n(actions:.*?)```", (TREE / "docs/actions.md").read_text(), re.DOTALL)
    (tmp_path / "web.md").write_text(f"---\nid: web\nchecks:\n  - systemd_unit: {{units: auto}}\n{example}---\n")
    actions = build_actions(ActionsSettings())

    [inspection], broken = load_documents(tmp_path, CheckRegistry(), actions.names())

    assert not broken
    named = inspection.actions.ask
    assert set(named) == {"set_unit_property", "restart_container"}
    assert all(actions.get(name).validate(params) for name, params in named.items())


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_path_that_is_named_exists(document: str) -> None:
    paths = re.findall(r"`((?:probed|cortexctl|tests|inspections)/[\w/.]*)`", (TREE / document).read_text())

    assert paths
    assert [path for path in paths if not re.search("NAME|NOUN|SECTION", path) and not (TREE / path).exists()] == []


def test_each_picture_is_one_that_a_test_makes_and_compares() -> None:
    pages = [TREE / "README.md", *(TREE / "docs").glob("*.md"), *(TREE / "docs" / "guide").glob("*.md")]
    shown = {page.parent / name for page in pages for name in re.findall(r"!\[[^]]*\]\(([^)]+)\)", page.read_text())}
    origins = {
        picture.name: re.match(r"<!-- Made by: .* (tests/\S+) -->\n", picture.read_text())
        for picture in shown
        if picture != TREE / "docs" / DRAWN
    }

    assert "dashboard.svg" in origins
    for name, origin in origins.items():
        assert origin, f"{name} does not say by which test it was made"
        assert "CORTEX_WRITE_GOLDEN" in (TREE / origin[1]).read_text()
