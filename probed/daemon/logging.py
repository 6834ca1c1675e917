"""The daemon's log: one line an entry on stderr, as text or as JSON, with the run that it belongs to.

`logger.contextualize(run=run_id)` puts the run on each line, in worker threads as well.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from loguru import logger

from probed.core.redaction import mask
from probed.daemon.log_file import LOG_FILE, LogFile
from probed.daemon.log_writer import LogWriter

if TYPE_CHECKING:
    from loguru import Message, Record

QUIET = ("apscheduler", "uvicorn", "httpx", "httpcore", "telegram", "docker", "urllib3", "anthropic", "asyncio")
OURS = "cortex"
"""The loggers of the engine, which knows no library."""
PRIORITIES = {"CRITICAL": 2, "ERROR": 3, "WARNING": 4, "SUCCESS": 5, "INFO": 6, "DEBUG": 7, "TRACE": 7}
COLOURS = {"CRITICAL": "\x1b[31;1m", "ERROR": "\x1b[31m", "WARNING": "\x1b[33m", "DEBUG": "\x1b[2m"}
CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}
DIRECTION = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
HARMLESS = CONTROL | {code: f"\\u{code:04x}" for code in (0x2028, 0x2029, *DIRECTION)}
"""What steers a terminal, begins a line or turns the direction of writing, as escapes."""

Render = Callable[["Record"], str]


def set_up(level: str, format_: str, stream: TextIO = sys.stderr, keep_in: Path | None = None) -> LogWriter:
    """Send every log line, those of the libraries included, to `stream`; close the writer at the end. Where no journal
    takes them they are kept in the folder `keep_in`, too, as JSON."""
    render: Render = json_line if format_ == "json" else text_line
    kept = [LogFile(keep_in / LOG_FILE)] if keep_in else []
    if is_journal(stream, os.environ):
        render, kept = _with_priority(render), []
    elif format_ == "text" and stream.isatty() and not os.environ.get("NO_COLOR"):
        render = _coloured(render)

    renders: list[Render] = [render, *([json_line] if kept else [])]
    writer = LogWriter(stream, *kept)

    def sink(message: Message) -> None:
        writer.write(*(each(message.record) + "\n" for each in renders))

    logger.remove()
    # diagnose would print the values of variables: secrets among them
    logger.add(sink, level=level.upper(), format="{message}", backtrace=False, diagnose=False)
    _take_over_libraries(level)
    return writer


def text_line(record: Record) -> str:
    """`2026-01-31T10:20:30.123Z INFO    [run] text`; further lines of one entry are indented."""
    run = record["extra"].get("run", "-")
    text = f"{_timestamp(record)} {record['level'].name:<7} [{run}] {record['message']}"
    return "\n    ".join(mask(text + _traceback(record)).translate(HARMLESS).rstrip("\n").split("\n"))


def json_line(record: Record) -> str:
    """In ASCII: whatever reads it takes nothing but the end of the line for one."""
    entry: dict[str, object] = {
        "at": _timestamp(record),
        "level": record["level"].name.lower(),
        "run": record["extra"].get("run"),
        "where": record["name"],
        "message": record["message"],
    }
    entry |= {key: value for key, value in record["extra"].items() if key not in entry}
    if record["exception"]:
        entry["exception"] = _traceback(record).strip()
    return json.dumps({key: _masked(value) for key, value in entry.items()}, default=str)


def _masked(value: object) -> object:
    return value if value is None or isinstance(value, bool | int | float) else mask(str(value))


def is_journal(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether the journal reads `stream` (systemd.exec(5), $JOURNAL_STREAM)."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environment.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def _with_priority(render: Render) -> Render:
    """The prefix of sd-daemon(3), on each line."""

    def prefixed(record: Record) -> str:
        prefix = f"<{PRIORITIES.get(record['level'].name, 6)}>"
        return "\n".join(prefix + line for line in render(record).split("\n"))

    return prefixed


def _coloured(render: Render) -> Render:
    def coloured(record: Record) -> str:
        colour = COLOURS.get(record["level"].name)
        return f"{colour}{render(record)}\x1b[0m" if colour else render(record)

    return coloured


def _timestamp(record: Record) -> str:
    return record["time"].astimezone(None).isoformat(timespec="milliseconds")


def _traceback(record: Record) -> str:
    error = record["exception"]
    if error is None or error.type is None:
        return ""
    return "\n" + "".join(traceback.format_exception(error.type, error.value, error.traceback)).rstrip()


class _Forward(logging.Handler):
    """Hands the records of the standard library's logging to loguru."""

    def emit(self, record: logging.LogRecord) -> None:
        level = record.levelname if record.levelname in PRIORITIES else record.levelno
        logger.patch(_named(record.name)).opt(exception=record.exc_info).log(level, "{}", record.getMessage())


def _named(name: str) -> Callable[[Record], None]:
    def patch(entry: Record) -> None:
        entry["name"] = name

    return patch


def _take_over_libraries(level: str) -> None:
    logging.basicConfig(handlers=[_Forward()], level=logging.WARNING, force=True)
    logging.captureWarnings(capture=True)
    logging.getLogger(OURS).setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
