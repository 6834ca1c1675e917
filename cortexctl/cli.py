"""The command line: which nouns there are, and where each one lives. A command is imported when it is called."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from cortexctl.anywhere import NO_COLOR, QUIET, UTC, command_of
from cortexctl.session import Session
from cortexctl.socket_path import ORDER


class Entry(NamedTuple):
    module: str
    help: str


LOOK = {
    "status": Entry("status", "How this host is, on one screen."),
    "top": Entry("top", "The dashboard."),
    "web": Entry("web", "The dashboard in a browser of this host."),
    "alerts": Entry("alerts", "What a person was told: list, show, ack, silence, resolve, routes."),
    "incidents": Entry("incidents", "Alerts that belong together, with one timeline: list, show, export."),
    "cases": Entry("cases", "Problems and how far each one has climbed: list, show."),
    "trends": Entry("trends", "What was measured, drawn, and where it is heading."),
    "findings": Entry("findings", "What the reports found."),
    "reports": Entry("reports", "Reports: list, show, submit."),
    "runs": Entry("runs", "Runs of the inspections: list, show, logs, cancel."),
    "schedule": Entry("schedule", "What runs next."),
    "events": Entry("events", "What happens, as it happens."),
    "messages": Entry("messages", "What was told, or waits to be, or was given up: list, show, resend."),
    "changes": Entry("changes", "What Cortex changed on this host: list, show, confirm, rollback, export."),
    "memories": Entry("memories", "Solved cases, by which the next is recognised: list, show, add, correct, delete."),
    "logs": Entry("logs", "What the daemon says of its own work: its log."),
    "metrics": Entry("metrics", "The daemon's numbers, for Prometheus."),
    "models": Entry("models", "Which models are asked, what they may cost and what they cost: list, explain."),
    "budget": Entry("budget", "What models may still cost today and this month, and what was raised."),
    "questions": Entry("questions", "What was asked, and answered: list, show, evidence."),
    "audit": Entry("audit", "Who changed what, and what was refused: list, verify."),
    "intents": Entry("intents", "What was decided or tried, by whom and why: list, verify."),
}
ACT = {
    "ask": Entry("ask", "Ask the model about this host, in plain words."),
    "run": Entry("run", "Run an inspection now."),
    "replay": Entry("replay", "Repeat a run from its recording, perhaps by another document or model."),
    "inspections": Entry("inspections", "What is inspected: list, show, pause, resume."),
    "mode": Entry("mode", "What may run by itself: observe, earned, act."),
    "autonomy": Entry("autonomy", "What actions have earned: list, pin, unpin."),
    "maintenance": Entry("maintenance", "While you work on something: list, start, end."),
    "silences": Entry("silences", "What is not told for a while: list, show, add, expire."),
    "decisions": Entry("decisions", "What waits for your yes or no: list, show, approve, reject."),
}
SET_UP = {
    "init": Entry("init", "First contact: what runs here, a model, Telegram, a message, what may be done."),
    "telegram": Entry("telegram", "Chats and people of the bot: pair, list, unpair."),
    "secrets": Entry("secrets", "The daemon's own secrets: rotate."),
    "channels": Entry("channels", "Where messages go: list, test, kinds."),
    "checks": Entry("checks", "What an inspection can look at, also by other packages."),
    "actions": Entry("actions", "What can be done about it, also by other packages: list, show, dry-run."),
    "heartbeat": Entry("heartbeat", "A cron job says that it begins, and how it ended."),
    "backup": Entry("backup", "Copies of what Cortex keeps: list, create, verify, restore."),
    "config": Entry("config", "The configuration: check, show, diff, reload, history, rollback."),
    "validate": Entry("validate", "Check inspection documents."),
    "discover": Entry("discover", "Propose inspections for what runs here."),
    "doctor": Entry("doctor", "Check the installation."),
    "drill": Entry("drill", "Break a private host on purpose, and see whether that is seen."),
    "mcp": Entry("shim", "Read-only probes for an assistant of yours: an MCP server."),
    "mock-model": Entry("mock_model", "A model that is none: answers by a script, for trying things out."),
    "debug": Entry("debug", "What somebody who helps needs to know, in one file: bundle."),
    "completion": Entry("completion", "The script by which bash, zsh or fish completes commands and ids."),
    "version": Entry("version", "Versions of cortexctl and of the daemon."),
}
SECTIONS = {"Look": LOOK, "Act": ACT, "Set up": SET_UP}

HELP = f"""\
\b
Examples:
  cortexctl status                  what is wrong, what was done, what waits for you
  cortexctl decisions show ID       what exactly would be done, before you approve it
  cortexctl run disks --wait        inspect the disks now
  cortexctl events --follow         watch

\b
Exit codes: 0 ok, 1 failed or unknown, 2 usage or configuration, 3 daemon not reachable,
4 attention needed, 5 refused, 130 interrupted.

The daemon's socket: {ORDER}.
"""


class LazyCommand(TyperCommand):
    """Stands for a command in lists and in help; becomes the real one when it is called."""

    def __init__(self, name: str, entry: Entry) -> None:
        super().__init__(name, help=entry.help, short_help=entry.help, rich_markup_mode=None)
        self.module = entry.module

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        return command_of(self.module).make_context(info_name, args, parent, **extra)


class Nouns(TyperGroup):
    """The nouns, by what they are for."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for entries in SECTIONS.values():
            for name, entry in entries.items():
                self.add_command(LazyCommand(name, entry))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        for title, entries in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name, entry.help) for name, entry in entries.items()])


app = typer.Typer(
    cls=Nouns,
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(help=HELP)
def root(
    ctx: typer.Context,
    socket: Annotated[str | None, typer.Option("--socket", metavar="PATH", help="The daemon's socket.")] = None,
    no_color: Annotated[bool, typer.Option("--no-color", help=NO_COLOR)] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help=QUIET)] = False,
    utc: Annotated[bool, typer.Option("--utc", help=UTC)] = False,
) -> None:
    ctx.obj = Session(socket, no_color=no_color, quiet=quiet, utc=utc)
