"""The command line, walked: every command of `cortexctl` with its arguments, options and examples."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import cleandoc
from typing import Any, cast

import typer

from cortexctl.anywhere import command_of
from cortexctl.cli import SECTIONS, app
from cortexctl.exits import Exit
from manual.docstring import member_docstrings
from manual.markdown import code, prose, table

INTRO = """\
# Commands

Every command of `cortexctl`, made from the code by `python -m manual.man`. Data goes to the standard output and words
to the standard error.

An id may be shortened to any beginning that fits only one, and `@1`, `@2` … is a row of the list that was shown last:
on a terminal and within the hour, else of the list as it is now.

`--output` gives data to other programs, and `--json` is short for `--output json`:
"""
ANYWHERE = """\
What goes on without end, as `events --follow` does, is a line for each event as JSON, too.

`--no-color`, `--quiet` and `--utc` may stand before the noun or behind the verb of every command.
"""
FORMS = {
    "table": "For people; the default.",
    "json": "What the daemon answered, in ASCII. Its first member is `schema`, the version of what is printed: it "
    "rises when a member goes away or comes to mean something else, not when there are more members.",
    "jsonl": "A JSON object a line for each item of a list, each with its `schema`; what is no list is one line.",
    "csv": "RFC 4180: the names of the members in JSON, then a line for each item. What is nested is JSON. What would "
    "steer a terminal is escaped, and a text that a spreadsheet would take for a formula has a `'` before it.",
}
AS_IT_IS = "\x08\n"
EXAMPLES = re.compile(r"\x08\nExamples:\n((?:[ ]+.*\n?)+)\n?")


@dataclass(frozen=True, slots=True)
class Parameter:
    written: str
    """`ID`, or `--state STATE`."""
    text: str


@dataclass(frozen=True, slots=True)
class Command:
    words: str
    """As it is typed, without its parameters: `cortexctl decisions approve`."""
    usage: str
    text: tuple[str, ...]
    """Its paragraphs; one of several lines keeps them as they are."""
    examples: str
    """A command a line, each with what it does behind it."""
    arguments: tuple[Parameter, ...]
    options: tuple[Parameter, ...]
    is_group: bool


def root() -> Command:
    return _command("cortexctl", typer.main.get_command(app))


def commands() -> Iterator[Command]:
    """Every noun, each followed by its verbs, in the order of the help."""
    for entries in SECTIONS.values():
        for name, entry in entries.items():
            made = command_of(entry.module)
            yield _command(f"cortexctl {name}", made, entry.help)
            for verb, below in cast("dict[str, Any]", getattr(made, "commands", {})).items():
                yield _command(f"cortexctl {name} {verb}", below)


def page() -> str:
    codes = member_docstrings(Exit)
    exits = table(("exit code", "meaning"), [(str(int(each)), prose(codes[each.name])) for each in Exit])
    forms = table(("form", "what it is"), [(code(form), text) for form, text in FORMS.items()])
    return "\n".join(
        [INTRO, forms, ANYWHERE, exits, _section(root(), "##"), *(_section(each, _level(each)) for each in commands())]
    )


def _command(words: str, command: Any, short: str = "") -> Command:
    help_ = cleandoc(command.help or "")
    found = EXAMPLES.search(help_ + "\n")
    text = EXAMPLES.sub("", help_ + "\n").strip() or short
    arguments = tuple(each for each in command.params if each.param_type_name == "argument")
    options = tuple(each for each in command.params if each.param_type_name == "option" and not each.hidden)
    return Command(
        words=words,
        usage=" ".join([words, *(["[OPTIONS]"] if options else []), *map(_placeholder, arguments)]),
        text=tuple(map(_paragraph, text.split("\n\n"))),
        examples=cleandoc(found[1]) if found else "",
        arguments=tuple(Parameter(_name(each), each.help or "") for each in arguments),
        options=tuple(Parameter(_written(each, command), _help(each)) for each in options if each.name != "help"),
        is_group=hasattr(command, "commands"),
    )


def _paragraph(text: str) -> str:
    return text.removeprefix(AS_IT_IS) if text.startswith(AS_IT_IS) else " ".join(text.split())


def _name(argument: Any) -> str:
    return re.sub(r"[\[\]]|\.\.\.", "", argument.metavar or argument.name.upper())


def _placeholder(argument: Any) -> str:
    name = _name(argument) + (" …" if argument.nargs != 1 else "")
    return name if argument.required else f"[{name}]"


def _written(option: Any, command: Any) -> str:
    names = ", ".join([*option.opts, *option.secondary_opts])
    return names if option.is_flag else f"{names} {option.make_metavar(typer.Context(command))}"


def _help(option: Any) -> str:
    default = (
        "" if option.default in (None, False, "", ()) or callable(option.default) else f" Default: {option.default}."
    )
    return f"{option.help or ''}{default}"


def _level(command: Command) -> str:
    return "##" if command.words.count(" ") == 1 else "###"


def _section(command: Command, level: str) -> str:
    given = table(
        ("", "what it is"), [(code(each.written), prose(each.text)) for each in (*command.arguments, *command.options)]
    )
    examples = f"```text\n{command.examples}\n```\n" if command.examples else ""
    usage = "" if command.is_group else f"```text\n{command.usage}\n```\n"
    text = [f"```text\n{each}\n```\n" if "\n" in each else f"{prose(each)}\n" for each in command.text]
    parts = [f"{level} {command.words}\n", *text, usage, examples, given]
    return "\n".join(part for part in parts if part)
