from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys

import pytest

PROLOGUE = """
import asyncio, logging, sys
from loguru import logger
from probed.daemon.logging import set_up
writer = set_up({level!r}, {format!r})
"""


def logged(script: str, level: str = "info", format_: str = "text", stderr: object = None, **env: str) -> list[str]:
    """The lines that a process of its own logs."""
    prologue = PROLOGUE.format(level=level, format=format_)
    done = subprocess.run(
        [sys.executable, "-c", f"{prologue}\n{script}\nwriter.close()"],
        stderr=subprocess.PIPE,
        text=True,
        timeout=30,
        check=True,
        env={**os.environ, **env},
    )
    return done.stderr.removesuffix("\n").split("\n") if done.stderr else []


def test_a_line_has_time_level_run_and_text() -> None:
    (line,) = logged("with logger.contextualize(run='01RUN'): logger.info('disk {}', 'full')")

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d INFO    \[01RUN\] disk full", line)


def test_json_lines_carry_the_same_and_what_was_bound() -> None:
    (line,) = logged(
        "with logger.contextualize(run='01RUN'): logger.bind(unit='a.service').warning('down')", format_="json"
    )

    entry = json.loads(line)
    assert entry.pop("at")
    assert entry == {
        "level": "warning",
        "run": "01RUN",
        "where": "__main__",
        "message": "down",
        "unit": "a.service",
    }


def test_the_run_is_named_in_worker_threads_too() -> None:
    (line,) = logged("""
from probed.daemon.workers import WorkerPool
async def main():
    with logger.contextualize(run='01RUN'):
        await WorkerPool(1).run(lambda: logger.info('in a thread'), deadline_s=60, name='t')
asyncio.run(main())
""")

    assert line.endswith("[01RUN] in a thread")


def test_the_level_is_kept() -> None:
    assert not logged("logger.info('quiet')", level="warning")


def test_libraries_log_the_same_way_but_only_what_matters() -> None:
    lines = logged("""
logging.getLogger('httpx').info('HTTP Request: POST https://api.telegram.org/')
logging.getLogger('apscheduler.scheduler').error('job %s failed', 'x')
""")

    assert [line.split(" ", 1)[1] for line in lines] == ["ERROR   [-] job x failed"]


@pytest.mark.parametrize("format_", ["text", "json"])
@pytest.mark.parametrize(
    "secret",
    ["123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1", "sk-" + "ant-x1" * 6, "Bearer eyJhbGciOiJIUzI1Ni"],
)
def test_credentials_are_never_written(secret: str, format_: str) -> None:
    lines = logged(
        f"""
try:
    raise RuntimeError('refused: {secret}')
except RuntimeError:
    logger.exception('calling with {secret}')
""",
        format_=format_,
    )

    assert secret not in "\n".join(lines)
    assert "***" in lines[0]


def test_the_values_of_variables_are_not_in_a_traceback() -> None:
    lines = logged("""
def call(token):
    raise RuntimeError('refused')
try:
    call('hunter2')
except RuntimeError:
    logger.exception('failed')
""")

    text = "\n".join(lines)
    assert "RuntimeError: refused" in text
    assert "'hunter2'" not in text.replace("call('hunter2')", "")


def test_control_characters_cannot_fake_a_line_or_colour_a_terminal() -> None:
    lines = logged(r"logger.info('name \x1b[31mred\r\n2026-01-01 INFO [-] forged')")

    assert lines[0].endswith(r"name \x1b[31mred\x0d")
    assert lines[1] == "    2026-01-01 INFO [-] forged"


SEPARATORS = "\u2028\u2029\x85\x0b\x0c\x1c\x1e"
"""All of these end a line for `str.splitlines`, and for some that read a log."""


@pytest.mark.parametrize("format_", ["text", "json"])
def test_only_a_line_feed_begins_a_line(format_: str) -> None:
    (line,) = logged(f"logger.info('{{}}', {f'a{SEPARATORS}<0>forged'!r})", format_=format_)

    assert line.splitlines() == [line]
    assert "<0>forged" in line


def test_json_lines_are_ascii_and_say_the_same() -> None:
    (line,) = logged("logger.info('{}', 'é\\u202e\\x9b2J')", format_="json")

    assert line.isascii()
    assert json.loads(line)["message"] == "é\u202e\x9b2J"


def test_a_mark_that_turns_the_direction_of_writing_is_spelled_out() -> None:
    (line,) = logged("logger.info('{}', 'gnp\\u202eexe')")

    assert line.endswith("gnp\\u202eexe")


def test_a_json_line_stays_json_whatever_is_masked_in_it() -> None:
    (line,) = logged(r"logger.bind(key='sk-' + 'a' * 20).info('-----BEGIN PRIVATE KEY-----\nMIIE')", format_="json")

    entry = json.loads(line)
    assert entry["message"] == "-----BEGIN PRIVATE KEY-----***private_key***"
    assert entry["key"] == "***anthropic***"


@pytest.mark.parametrize("format_", ["text", "json"])
def test_each_line_has_its_priority_when_the_journal_reads(format_: str) -> None:
    reading, writing = os.pipe()
    status = os.fstat(writing)
    script = (
        PROLOGUE.format(level="info", format=format_)
        + """
logger.warning('two\\nlines\\u2028<0>forged')
logger.error('broken')
writer.close()
"""
    )

    subprocess.run(
        [sys.executable, "-c", script],
        stderr=writing,
        check=True,
        timeout=30,
        env={**os.environ, "JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"},
    )

    os.close(writing)
    with os.fdopen(reading) as journal:
        lines = journal.read().splitlines()
    assert [line[:3] for line in lines] == (["<4>", "<4>", "<3>"] if format_ == "text" else ["<4>", "<3>"])
    assert r"lines\u2028<0>forged" in lines[-2]


def test_a_stream_that_is_not_the_journals_has_no_priority() -> None:
    (line,) = logged("logger.info('plain')", JOURNAL_STREAM="8:12345")

    assert not line.startswith("<")


def test_a_stream_without_a_descriptor_is_not_the_journal() -> None:
    from probed.daemon.logging import is_journal

    assert not is_journal(io.StringIO(), {"JOURNAL_STREAM": "1:2"})
