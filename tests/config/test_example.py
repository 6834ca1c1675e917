"""The example configuration loads as it is, means the defaults, and explains every key there is (D1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from probed.config.loader import load_settings
from probed.config.reference import Key, keys
from probed.config.settings import Settings
from probed.config.yaml_tree import parse_yaml

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"
LINES = EXAMPLE.read_text().splitlines()
TREE = parse_yaml(EXAMPLE.read_text())


def test_the_example_loads_as_it_is_and_means_the_defaults(tmp_path: Path) -> None:
    copy = tmp_path / "config.yaml"
    copy.write_text(EXAMPLE.read_text())
    copy.chmod(0o640)  # as it is installed; a checkout may have been made with a wider umask

    assert load_settings(copy) == Settings()


@pytest.mark.parametrize("key", list(keys()), ids=lambda key: key.name)
def test_every_key_stands_in_the_example_below_its_explanation(key: Key) -> None:
    line = TREE.lines[tuple(key.name.split("."))]

    assert LINES[line - 2].strip().startswith("# "), f"line {line} of the example explains nothing"


@pytest.mark.parametrize("key", list(keys()), ids=lambda key: key.name)
def test_every_key_has_a_reference(key: Key) -> None:
    assert key.text.endswith("."), f"{key.name} has no docstring of whole sentences"


def test_the_reference_knows_the_defaults() -> None:
    found = {key.name: key.default for key in keys()}

    assert found["mode"] == "observe"
    assert found["alerts.global.resolve_timeout"] == 300.0
    assert found["actions.policy"] == {}
    assert found["telegram.token_file"] is None
