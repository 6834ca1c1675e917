"""The example configuration loads as it is, means the defaults, and explains every key there is (D1)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

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


def examples() -> dict[tuple[str | int, ...], object]:
    """What the comments give after `For example:`, by the place of the key that stands below."""
    places = {line: place for place, line in TREE.lines.items()}
    found = {}
    for number, line in enumerate(LINES):
        if line.strip().startswith("#") and line.rstrip().split(" ", 1)[-1].count("example:"):
            end = next(after for after in range(number, len(LINES)) if not LINES[after].strip().startswith("#"))
            comment = [text.strip().removeprefix("#") for text in LINES[number:end]]
            comment[0] = comment[0].rpartition("example:")[2]
            value = parse_yaml("\n".join(comment)).data
            place = places[end + 1]
            found[place] = value[place[-1]] if isinstance(value, dict) and list(value) == [place[-1]] else value
    return found


def test_the_examples_in_its_comments_can_be_used_as_they_stand(tmp_path: Path) -> None:
    wanted: dict[str | int, Any] = {"telegram": {"token_file": "bot-token"}}  # the receivers' example names the bot
    for (*sections, key), value in examples().items():
        section = wanted
        for name in sections:
            section = section.setdefault(name, {})
        section[key] = value
    file = tmp_path / "config.yaml"
    file.write_text(yaml.safe_dump(wanted))
    file.chmod(0o600)

    settings = load_settings(file)

    assert len(examples()) == EXAMPLE.read_text().count("example:")
    assert settings.alerts.route
    assert settings.actions.revert_after == {"stop_unit": 900.0}
