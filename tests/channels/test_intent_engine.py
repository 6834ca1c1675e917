"""Copies of the record of intents, by a stand-in for the command `ie`: it takes what the real one's grammar takes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from probed.channels.intent_engine import MAX_TEXT, IntentEngine
from probed.channels.registry import build_intent_sink
from probed.config.intents import IntentEngineSettings, IntentsSettings
from probed.core.intent import Intent, link
from probed.daemon.workers import WorkerPool
from probed.errors import ChannelError, MessageRefused
from tests.factories import NOW

STAND_IN = """#!/usr/bin/env python3
import argparse, json, os, sys, time
from pathlib import Path
parser = argparse.ArgumentParser()
log = parser.add_subparsers(required=True).add_parser("log")
log.add_argument("kind", choices=["decision", "blocker", "milestone", "note"])
log.add_argument("message")
log.add_argument("--task", type=int)
given = parser.parse_args()
if "slow" in given.message:
    time.sleep(60)
with Path("lines").open("a") as lines:
    print(json.dumps([given.kind, given.message, given.task, sorted(os.environ)]), file=lines)
"""


@pytest.fixture
async def workers() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(1)
    yield pool
    pool.close()


@pytest.fixture
def stand_in(tmp_path: Path) -> Path:
    program = tmp_path / "ie"
    program.write_text(STAND_IN)
    program.chmod(0o755)
    return program


def an_intent(text: str, kind: str = "decision", subject: str = "case-1") -> Intent:
    return link(None, NOW, kind, "cortex", subject, text)


def lines(folder: Path) -> list[list[object]]:
    return [json.loads(line) for line in (folder / "lines").read_text().splitlines()]


async def test_a_line_is_logged_in_the_folder_with_its_kind(
    tmp_path: Path, stand_in: Path, workers: WorkerPool
) -> None:
    engine = IntentEngine(IntentEngineSettings(folder=tmp_path, command=str(stand_in), task=7), workers)

    await engine.take(an_intent("--asked: restart_unit", "milestone"))
    await engine.take(an_intent("x" * 9000, "note", ""))

    first, second = lines(tmp_path)
    assert first[:3] == ["milestone", "--asked: restart_unit (case-1), by cortex, number 1", 7]
    assert (second[0], len(str(second[1]))) == ("note", MAX_TEXT)


async def test_no_secret_is_on_its_command_line(tmp_path: Path, stand_in: Path, workers: WorkerPool) -> None:
    engine = IntentEngine(IntentEngineSettings(folder=tmp_path, command=str(stand_in)), workers)

    await engine.take(an_intent("rejected: password=hunter2secret is still there"))

    assert "hunter2secret" not in (tmp_path / "lines").read_text()


async def test_a_line_that_it_does_not_take_is_told_from_one_that_it_cannot_take_now(
    tmp_path: Path, stand_in: Path, workers: WorkerPool
) -> None:
    def engine(command: str, folder: Path, timeout: float = 5.0) -> IntentEngine:
        return IntentEngine(IntentEngineSettings(folder=folder, command=command, timeout=timeout), workers)

    with pytest.raises(MessageRefused, match="invalid choice: 'audit'"):
        await engine(str(stand_in), tmp_path).take(an_intent("x", "audit"))
    for away, words in (
        (engine("no-such-ie", tmp_path), "no-such-ie is not installed"),
        (engine(str(stand_in), tmp_path / "gone"), "cannot be started in .*gone"),
        (engine(str(stand_in), tmp_path, 0.2), "gave no answer within 0.2 s"),
    ):
        with pytest.raises(ChannelError, match=words) as failure:
            await away.take(an_intent("slow"))
        assert failure.value.transient


def test_nobody_gets_copies_unless_that_is_configured(tmp_path: Path) -> None:
    pool = WorkerPool(1)
    assert build_intent_sink(IntentsSettings(), pool) is None
    sink = build_intent_sink(IntentsSettings(ie=IntentEngineSettings(folder=tmp_path)), pool)
    assert sink is not None
    assert sink.place == "ie"
    pool.close()
