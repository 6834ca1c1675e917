"""Options that every command knows, so that they may stand before the noun and behind the verb alike."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperOption

from cortexctl.form import FORMS

if TYPE_CHECKING:
    from collections.abc import Callable

    from cortexctl.session import Session

NO_COLOR = "No colours, as where NO_COLOR is set or the output is no terminal."
QUIET = "Of a list only the ids; no words but errors."
UTC = "Moments as they are, in UTC, instead of how long ago they were."
OUTPUT = "table, json, jsonl or csv."


def command_of(module: str) -> Any:
    """The command of a file in `commands/`, which is imported for it."""
    made = typer.main.get_command(importlib.import_module(f"cortexctl.commands.{module}").app)
    for command in leaves(made):
        command.params += options_of(command)
    return made


def leaves(command: Any) -> Iterator[Any]:
    below = getattr(command, "commands", None)
    if below is None:
        yield command
    else:
        for each in below.values():
            yield from leaves(each)


def options_of(command: Any) -> list[TyperOption]:
    """What a command has beside its own: the form of its data, where it gives any, and what the help of `cortexctl`
    tells once for all."""
    is_reading = any(each.name == "as_json" for each in command.params)
    return [
        *([option("--output", "-o", help=OUTPUT, does=choose_form, metavar="FORM")] if is_reading else []),
        option("--no-color", help=NO_COLOR, does=lambda session, _: session.output.refuse_color(), hidden=True),
        option("--quiet", "-q", help=QUIET, does=lambda session, _: session.output.be_quiet(), hidden=True),
        option("--utc", help=UTC, does=lambda session, _: session.say_moments(), hidden=True),
    ]


def option(
    *names: str, help: str, does: Callable[[Session, Any], None], metavar: str | None = None, hidden: bool = False
) -> TyperOption:
    """Eager, so that whatever the command's own options do knows of it."""

    def take(ctx: Any, param: Any, value: Any) -> None:
        if value and ctx.obj is not None:  # None: the line is only being completed
            does(ctx.obj, value)

    kind: dict[str, Any] = {"type": str, "metavar": metavar} if metavar else {"is_flag": True, "default": False}
    return TyperOption(
        param_decls=list(names), help=help, callback=take, hidden=hidden, is_eager=True, expose_value=False,
        autocompletion=(lambda ctx, args, incomplete: [form for form in FORMS if form.startswith(incomplete)])
        if metavar else None, **kind,
    )  # fmt: skip


def choose_form(session: Session, form: str) -> None:
    if form not in FORMS:
        raise typer.BadParameter(f"{form!r} is none of {', '.join(FORMS)}", param_hint="--output")
    session.output.form = form
