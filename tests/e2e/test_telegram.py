"""A chat of a real daemon: paired from the terminal, answered by touch, away for an hour."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from tests.real.bot_process import PERSON, BotProcess, bot_process
from tests.real.daemon import RealDaemon

HOUR_US = 3600 * 1_000_000


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[BotProcess]:
    with bot_process(tmp_path / "sent.jsonl") as process:
        yield process


@pytest.fixture
def daemon(tmp_path: Path, bot: BotProcess) -> RealDaemon:
    """With a bot, and no chat yet."""
    telegram = {name: value for name, value in bot.settings(tmp_path).items() if name in ("api_url", "token_file")}
    place = tmp_path / "daemon"
    place.mkdir()
    route = {"group_by": ["object"], "group_wait": "1s", "group_interval": "1s"}
    return RealDaemon(place, {"telegram": telegram, "alerts": {"route": route}})


def report(daemon: RealDaemon, *objects: str) -> None:
    findings = [
        {"check": "disk", "object": name, "severity": "warning", "summary": f"{name} is full"} for name in objects
    ]
    verdict = "warning" if findings else "ok"
    body = {"source": "backup", "verdict": verdict, "summary": "as the test says", "findings": findings}
    status, answer = daemon.post("/api/v1/reports", body)
    assert status < 300, answer


def pair(daemon: RealDaemon, bot: BotProcess) -> None:
    shown = daemon.ctl("telegram", "pair")
    assert shown.returncode == 0, shown.stderr
    bot.control("say", text=shown.stdout.strip(), user=PERSON)
    bot.wait_for("paired: ")


def wait_until_quiet(daemon: RealDaemon, within_s: float = 30.0) -> None:
    daemon.wait_until(lambda: daemon.get("/api/v1/status")[1]["counts"]["messages_pending"] == 0, within_s)


def age(path: Path) -> Sequence[str]:
    """Let an hour pass for what waits; returns the titles of the messages."""
    with closing(sqlite3.connect(path)) as database, database:
        waits = "kind = 'send' AND state IN ('pending', 'in_doubt')"
        database.execute(f"UPDATE effects SET created_at = created_at - {HOUR_US} WHERE {waits}")
        rows = database.execute(f"SELECT payload FROM effects WHERE {waits} ORDER BY seq").fetchall()
    return [json.loads(payload)["title"] for (payload,) in rows]


def test_a_chat_is_paired_from_the_terminal_and_answers(daemon: RealDaemon, bot: BotProcess) -> None:
    with daemon:
        daemon.wait_until(lambda: daemon.get("/api/v1/status")[1]["first_sweep_done"], 180)
        report(daemon, "/early")
        daemon.wait_until(lambda: "cortexctl telegram pair" in str(daemon.get("/api/v1/status")[1]["notes"]), 180)
        pair(daemon, bot)
        bot.wait_for("/early is full", 180)  # what waited for a chat is told in it

        listed = json.loads(daemon.ctl("telegram", "list", "--json").stdout)["items"]
        bot.press("/early is full", "Acknowledge disk /early")
        bot.wait_for("acknowledged: /early is full")
        bot.control("say", text="/status", user=PERSON)
        bot.wait_for("what is wrong")
        gone = daemon.ctl("telegram", "unpair", str(listed[0]["chat_id"]))

    assert [(one["user_id"], one["paired_by"].split()[0]) for one in listed] == [(PERSON, "uid:0")]
    assert gone.returncode == 0
    [message] = [text for text in bot.texts() if "· warning ·" in text]
    assert "acknowledged by" not in message


def test_an_hour_without_telegram_and_a_restart_in_it_lose_nothing_and_end_in_one_message(
    daemon: RealDaemon, bot: BotProcess
) -> None:
    with daemon:
        daemon.wait_until(lambda: daemon.get("/api/v1/status")[1]["first_sweep_done"], 180)
        pair(daemon, bot)
        report(daemon, "/a")
        bot.wait_for("/a is full")
        wait_until_quiet(daemon)
        bot.control("fault", fault="error")
        report(daemon, "/b", "/c")  # and /a has resolved
        report(daemon, "/b", "/c", "/d")
        daemon.wait_until(lambda: daemon.get("/api/v1/status")[1]["counts"]["messages_pending"] >= 4, 180)
    waited = age(daemon.folder / "monitor.db")
    before = len(bot.texts())

    with daemon:
        daemon.wait_until(lambda: "Bad Gateway" in daemon.log, 180)
        bot.control("fault", fault="none")
        text = bot.wait_for("while the channel was away", 180)
        wait_until_quiet(daemon)

    assert len(waited) >= 4
    assert all(f"{name} is full" in text for name in ("/a", "/b", "/c", "/d"))
    assert len(bot.texts()) == before + 1


def test_messages_are_said_in_the_set_language_and_laid_out_by_templates_that_a_reload_reads_anew(
    daemon: RealDaemon, bot: BotProcess, tmp_path: Path
) -> None:
    folder = tmp_path / "templates"
    folder.mkdir(mode=0o755)
    (folder / "alert.txt").write_text("<i>$mark</i>\n[$host] $title\n")
    telegram = cast(Mapping[str, object], daemon.config["telegram"])
    daemon.config = {
        **daemon.config,
        "language": "zh",
        "host": "web1",
        "telegram": {**telegram, "templates": str(folder)},
    }

    with daemon:
        daemon.wait_until(lambda: daemon.get("/api/v1/status")[1]["first_sweep_done"], 180)
        shown = daemon.ctl("telegram", "pair")
        bot.control("say", text=shown.stdout.strip(), user=PERSON)
        bot.wait_for("配对成功")
        for command, refusal in (("/run nope", "没有巡检项 nope"), ("/silence zz 1h", "没有告警 zz")):
            bot.control("say", text=command, user=PERSON)
            bot.wait_for(refusal)
        assert "no alert zz" in daemon.ctl("alerts", "show", "zz").stderr
        report(daemon, "/a")
        bot.wait_for("[web1] 警告: /a is full")
        (folder / "alert.txt").write_text("$mark $titel\n")
        os.kill(daemon.pid, signal.SIGHUP)
        told = bot.wait_for("cannot be used, its last good version stays in force")
        report(daemon, "/a", "/b")
        bot.wait_for("[web1] 警告: /b is full")

    assert "alert.txt:1: there is no $titel" in told
