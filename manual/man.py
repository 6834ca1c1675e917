"""The manual pages cortexctl(1), probed(8) and cortex-config(5): `python -m manual.man` writes them into man/, and what
else is made from the code and kept beside it: docs/cli.md, and the grammar that the shells complete by."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from cortexctl.exits import Exit
from cortexctl.socket_path import ORDER
from manual import grammar
from manual.commands import Command, commands, page, root
from manual.configuration import HOW_VALUES_ARE_WRITTEN, Setting, by_section
from manual.docstring import member_docstrings
from manual.roff import as_it_is, bold, escaped, paragraph, prose, section, subsection, tagged, title
from probed.__main__ import command_line

TREE = Path(__file__).parents[1]
FOLDER = TREE / "man"
FILES = {
    "/etc/cortex/config.yaml": "The configuration: cortex-config(5).",
    "/etc/cortex/inspections/*.md": "What is looked at, and what may be done about it.",
    "/etc/cortex/policy.toml": "What the root helper carries out.",
    "/var/lib/cortex/monitor.db": "The database; its backups lie beside it.",
    "/run/cortex/probed.sock": "The socket on which the daemon answers.",
}
ENVIRONMENT = {
    "CORTEX_SOCKET": "The daemon's socket, where `--socket` does not name one.",
    "NO_COLOR": "No colours, whatever it holds.",
}

ABOUT_CORTEXCTL = """\
Cortex watches this host: probed(8) inspects it, fixes what is safe, asks before what is risky, and tells a person
the rest. cortexctl is how a person looks at that and answers. Data goes to the standard output, words to the
standard error; `--json` gives what the daemon answered, `--output` the same as JSON lines or CSV. `--no-color`,
`--quiet` and `--utc` may also stand behind each command."""
ABOUT_PROBED = """\
Without a command it watches this host until SIGTERM, which lets what runs come to its end. SIGHUP reads the
configuration and the documents anew; where they cannot be used, those before stay in force. Under systemd it is
cortex-probed.service. The commands need no running daemon; cortexctl(1) calls them."""
ABOUT_CONFIG = """\
`/etc/cortex/config.yaml` is YAML 1.2. An unknown key, a key given twice or a wrong value is an error that names the
line: `cortexctl config check FILE`. A reload (`systemctl reload cortex-probed`) validates first."""


def cortexctl() -> str:
    codes = [(str(int(code)), member_docstrings(Exit)[code.name]) for code in Exit]
    return _page(
        title("cortexctl", 1, _version()),
        section("NAME", "cortexctl \\- look at Cortex on this host, and decide what it asks"),
        section("SYNOPSIS", f"{bold('cortexctl')} [{bold('--socket')} PATH] [{bold('--no-color')}] COMMAND …"),
        section(
            "DESCRIPTION",
            prose(ABOUT_CORTEXCTL),
            paragraph(f"The daemon's socket: {ORDER}."),
        ),
        section("OPTIONS", tagged((each.written, each.text) for each in root().options)),
        section("COMMANDS", *map(_command, commands())),
        section("EXIT STATUS", tagged(codes)),
        section("ENVIRONMENT", tagged(ENVIRONMENT.items())),
        section("FILES", tagged(FILES.items())),
        section("EXAMPLES", as_it_is(root().examples)),
        section("SEE ALSO", "probed(8), cortex-config(5)"),
    )


def probed() -> str:
    return _page(
        title("probed", 8, _version()),
        section("NAME", "probed \\- the daemon of Cortex"),
        section("SYNOPSIS", f"{bold('probed')} [{bold('--config')} FILE] [COMMAND …]"),
        section(
            "DESCRIPTION",
            prose(ABOUT_PROBED),
        ),
        section("COMMANDS", *_subcommands(command_line(), "probed")),
        section(
            "EXIT STATUS",
            tagged(
                {"0": "All is well.", "1": "It failed.", "2": "The command line or the configuration is wrong."}.items()
            ),
        ),
        section("FILES", tagged(FILES.items())),
        section("SEE ALSO", "cortexctl(1), cortex\\-config(5), systemd(1)"),
    )


def cortex_config() -> str:
    return _page(
        title("cortex-config", 5, _version()),
        section("NAME", "cortex\\-config \\- the configuration of Cortex"),
        section(
            "DESCRIPTION",
            prose(ABOUT_CONFIG),
            paragraph(HOW_VALUES_ARE_WRITTEN),
        ),
        *(section(name.upper() or "IN NO SECTION", _settings(rows)) for name, rows in by_section().items()),
        section("FILES", tagged(FILES.items())),
        section("SEE ALSO", "cortexctl(1), probed(8)"),
    )


PAGES: Mapping[str, Callable[[], str]] = {
    "cortexctl.1": cortexctl,
    "cortex-config.5": cortex_config,
    "probed.8": probed,
}


OTHERS: Mapping[Path, Callable[[], str]] = {
    TREE / "docs" / "cli.md": page,
    TREE / "cortexctl" / "completion" / "grammar.json": grammar.text,
}


def _page(*parts: str) -> str:
    return "\n".join(
        [".\\\" Made by python -m manual.man: whoever changes it changes the code's own words.", *parts, ""]
    )


def _command(command: Command) -> str:
    text = [as_it_is(each) if "\n" in each else paragraph(each) for each in command.text]
    given = tagged((each.written, each.text) for each in (*command.arguments, *command.options))
    return subsection(command.words if command.is_group else command.usage, *text, given, as_it_is(command.examples))


def _settings(rows: list[Setting]) -> str:
    return tagged((row.name, f"{row.text} ({row.kind}; {_default(row)})") for row in rows)


def _default(setting: Setting) -> str:
    return f"default `{setting.default}`" if setting.default else "has to be given"


def _subcommands(parser: argparse.ArgumentParser, words: str) -> Iterator[str]:
    for group in parser._actions:
        if isinstance(group, argparse._SubParsersAction):
            for choice in group._choices_actions:
                yield from _subcommand(group.choices[choice.dest], f"{words} {choice.dest}", choice.help or "")


def _subcommand(parser: argparse.ArgumentParser, words: str, text: str) -> Iterator[str]:
    below = [*_subcommands(parser, words)]
    given = [
        (_given(each), each.help or f"One of {', '.join(each.choices or ())}.")
        for each in parser._actions
        if not isinstance(each, argparse._HelpAction | argparse._SubParsersAction)
    ]
    yield subsection(words, escaped(text[:1].upper() + text[1:] + "."), "" if below else tagged(given))
    yield from below


def _given(action: argparse.Action) -> str:
    name = str(action.metavar or action.dest)
    return " ".join([*action.option_strings, *([name] if action.nargs != 0 else [])])


def _version() -> str:
    found = re.search(r'^version = "(.*)"$', (TREE / "pyproject.toml").read_text(), re.MULTILINE)
    return found[1] if found else ""


if __name__ == "__main__":
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page())
    for file, text in OTHERS.items():
        file.write_text(text())
