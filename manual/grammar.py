"""The commands and options as the completion of the shells knows them: `cortexctl/completion/grammar.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import typer

from cortexctl.anywhere import command_of
from cortexctl.cli import SECTIONS, app
from cortexctl.completion.complete import FILES
from manual.actions import shipped
from probed.authoring.templates import templates
from probed.checks.registry import BUILT_IN
from probed.drill.places import SHIPPED

FILE_WORDS = ("FILE", "DIR", "PATH", "COMMAND")
"""Of which one stands in the placeholder of whatever may be a file."""


KNOWN = {
    "<actions>": ["<actions>", *(action.name for action in shipped())],
    "<checks>": sorted(BUILT_IN),
    "<faults>": sorted(path.name for path in SHIPPED.iterdir() if path.is_dir() and path.name[0] not in "_."),
    "<templates>": sorted(templates()),
}
"""What does not have to be asked of a daemon."""


def text() -> str:
    root = typer.main.get_command(app)
    nouns = {
        name: _node(command_of(entry.module), entry.help)
        for entries in SECTIONS.values()
        for name, entry in entries.items()
    }
    return json.dumps({"options": _options(root), "commands": nouns}, indent=1) + "\n"


def _node(command: Any, help_: str) -> Mapping[str, Any]:
    below: dict[str, Any] = getattr(command, "commands", {})
    if below:
        return {"help": help_, "commands": {name: _node(each, _short(each)) for name, each in below.items()}}
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    return {
        "help": help_,
        "options": _options(command),
        "arguments": [_offers(each, command) for each in arguments],
        "goes_on": bool(arguments) and arguments[-1].nargs != 1,
    }


def _options(command: Any) -> Mapping[str, Any]:
    """Those that are hidden are the ones of `cortexctl` itself, or nobody's to type."""
    shown = [each for each in command.params if each.param_type_name == "option" and not each.hidden]
    return {
        name: {"help": each.help or "", "offers": None if each.is_flag else _offers(each, command)}
        for each in shown
        for name in (*each.opts, *each.secondary_opts)
    }


def _offers(parameter: Any, command: Any) -> list[str]:
    """Its values, or in angle brackets what they are: a list of the daemon's, files."""
    found = [item.value for item in parameter.shell_complete(typer.Context(command), "") if item.type == "plain"]
    if not found and any(word in parameter.make_metavar(typer.Context(command)) for word in FILE_WORDS):
        return [FILES]
    return [word for each in found for word in KNOWN.get(each, [each])]


def _short(command: Any) -> str:
    return " ".join(str(command.help or "").split("\n\n")[0].split())
