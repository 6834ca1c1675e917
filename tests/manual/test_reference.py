"""Whatever the code has that a person can name stands in the reference, with words of its own."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

from cortexctl.exits import Exit
from manual import actions, api, checks, commands, configuration, probes
from manual.site import PAGES as MAKERS
from probed.actions.registry import MODULES
from probed.agent.probes.cursors import CURSOR
from probed.agent.probes.probe import Probe
from probed.api.openapi import build_document
from probed.api.routes.table import ENDPOINTS
from probed.checks.registry import BUILT_IN
from probed.config.reference import keys
from probed.errors import ParameterError

PAGES = {"commands": commands.page(), **{name: page() for name, page in MAKERS.items()}}


@pytest.mark.parametrize("setting", list(configuration.settings()), ids=lambda setting: setting.name)
def test_every_setting_says_what_it_takes_and_does(setting: configuration.Setting) -> None:
    assert setting.kind
    assert re.fullmatch(r"\S.*[.:]", setting.text), f"{setting.name} has no docstring of whole sentences"
    assert f"\n`{setting.name}`\n:   " in PAGES["configuration"]


def test_no_setting_is_left_out() -> None:
    assert {key.name for key in keys()} <= {setting.name for setting in configuration.settings()}


def test_values_are_written_as_in_the_file() -> None:
    defaults = {setting.name: setting.default for setting in configuration.settings()}

    assert defaults["monitor.keep_reports"] == "30d"
    assert defaults["monitor.max_size"] == "1GiB"
    assert defaults["alerts.flapping.high"] == "30%"
    assert defaults["backup.enabled"] == "true"
    assert defaults["telegram.token_file"] == "null"
    assert defaults["alerts.receivers[].name"] == "", "it has to be given"
    assert defaults["actions.units.allow"] == '["*.service"]'


@pytest.mark.parametrize("check", sorted(BUILT_IN))
def test_every_check_says_what_a_finding_means_and_names_its_parameters(check: str) -> None:
    module = import_module(BUILT_IN[check])
    section = section_of(PAGES["checks"], check)
    docstring = module.__doc__ or ""

    assert len(section.splitlines()) > 8
    for name, kind, _ in checks.parameters(module):
        assert kind
        assert f"`{name}`" in docstring, f"{check} says nothing about {name}"


@pytest.mark.parametrize(
    "row",
    [
        "| [`disk`](#disk) | `80%` | `90%` | `75%` | `0s` |  |",
        "| [`backup`](#backup) |  |  |  | `0s` | `max_age: 26h`, `min_size: 100B`, `shrink: 50%`, `settle: 5m` |",
    ],
)
def test_the_defaults_of_all_checks_stand_in_one_table_with_their_units(row: str) -> None:
    assert row in PAGES["checks"].splitlines()


@pytest.mark.parametrize("shipped", actions.shipped(), ids=lambda shipped: shipped.name)
def test_every_action_names_the_parameters_that_it_takes(shipped: actions.Shipped) -> None:
    with pytest.raises(ParameterError) as refused:
        shipped.action.validate({"no such": 1})
    known = re.search(r"knows (.*)", str(refused.value))
    named = [] if not known or known[1] == "no parameter" else known[1].split(", ")
    text = " ".join(shipped.text)

    assert known
    assert shipped.text[0].startswith(f"`{shipped.name}`: ")
    assert "Parameters: " in text
    assert [name for name in named if f"`{name}`" not in text] == []
    assert f"## `{shipped.name}`" in PAGES["actions"]


def test_no_action_is_left_out() -> None:
    assert [shipped.name for shipped in actions.shipped()] == list(MODULES)


@pytest.mark.parametrize("probe", probes.probes(), ids=lambda probe: probe.name)
def test_every_probe_says_what_its_arguments_mean(probe: Probe[object]) -> None:
    properties = probe.schema()["properties"]

    assert probe.description.endswith(".")
    assert [name for name, schema in properties.items() if not schema.get("description")] == []
    assert all(f"| `{name}` |" in section_of(PAGES["probes"], probe.name) for name in properties if name != CURSOR)


@pytest.mark.parametrize("command", [commands.root(), *commands.commands()], ids=lambda command: command.words)
def test_every_command_says_what_it_does_and_what_it_takes(command: commands.Command) -> None:
    assert command.text
    assert [given.written for given in (*command.arguments, *command.options) if not given.text] == []
    assert re.search(rf"^##+ {command.words}$", PAGES["commands"], re.MULTILINE)


def test_every_noun_has_examples_of_itself() -> None:
    nouns = [command for command in commands.commands() if command.words.count(" ") == 1]

    assert len(nouns) > 25
    assert [noun.words for noun in nouns if noun.words not in noun.examples] == []


def test_every_exit_code_is_explained() -> None:
    rows = re.findall(r"^\| (\d+) \| (\w.*\.) \|$", PAGES["exit-codes"], re.MULTILINE)

    assert [int(code) for code, _ in rows] == [int(code) for code in Exit]


def test_every_operation_has_its_role_its_words_and_its_shapes() -> None:
    page = PAGES["api"]
    told = re.findall(r"^### `(\w+) (\S+)`\n\n(\S.*\.)\n\nRole: (\w+);", page, re.MULTILINE)

    found = list(api.operations(build_document(ENDPOINTS)))

    assert len(found) == len(ENDPOINTS)
    assert {(method, path, role) for method, path, _, role in told} == {
        (method, path, operation["x-role"]) for path, method, operation in found
    }


def section_of(page: str, name: str) -> str:
    found = re.search(rf"^## `{name}` .*?(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, f"{name} does not stand on the page"
    return found[0]
