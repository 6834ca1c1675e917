"""Who approves what: two different persons, by the socket and by Telegram, and of many answers at once exactly one."""

from __future__ import annotations

import os
import pwd
import threading
import time
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import require
from tests.e2e.waiting import until
from tests.real.bot_process import PERSON, BotProcess, bot_process
from tests.real.daemon import RealDaemon, UnixConnection
from tests.real.users import NOBODY, as_nobody

FILES = 6
NOGROUP = "nogroup"


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[BotProcess]:
    with bot_process(tmp_path / "sent.jsonl", chat_interval_s=0.05) as process:
        yield process


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    found = [tmp_path / f"key-{number}" for number in range(FILES)]
    for file in found:
        file.write_text("secret")
        file.chmod(0o600)
    return found


def asks(folder: Path, bot: BotProcess, files: list[Path], policy: str) -> RealDaemon:
    """Everybody may read the files, although it should not be so; whether that may be mended is being asked."""
    me = pwd.getpwuid(os.geteuid())
    rightful = {"owner": me.pw_name, "group": str(me.pw_gid), "mode": "0600"}
    (folder / "daemon").mkdir(mode=0o755)
    config = {
        "api": {"group": NOGROUP, "admin_group": NOGROUP},
        "inspections": {"boot_grace": "0s"},
        "actions": {
            "restore_mode": {"baseline": {str(file): rightful for file in files}},
            "policy": {"restore_mode": policy},
        },
        "people": {"ann": {"uids": [NOBODY]}, "bob": {"telegram": [PERSON]}},
        "telegram": bot.settings(folder),
    }
    daemon = RealDaemon(folder / "daemon", config)
    checks = "\n".join(f'  - {{file: {{path: {file}, mode: "0600"}}}}' for file in files)
    daemon.document("keys", f"schedule: every 1s\nchecks:\n{checks}\nactions: {{L2: [restore_mode]}}")
    daemon.start()
    daemon.wait_until(lambda: daemon.get("/api/v1/status")[1]["first_sweep_done"], 180)
    for file in files:
        file.chmod(0o644)
    until(lambda: len(waiting(daemon)) == len(files), 180)
    return daemon


def waiting(daemon: RealDaemon) -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = daemon.get("/api/v1/decisions?state=waiting")[1]["items"]
    return answer


def approve_as_nobody(daemon: RealDaemon, id_: str) -> tuple[int, str]:
    with chdir(daemon.folder), as_nobody():
        connection = UnixConnection(Path(daemon.socket.name), 10)
        connection.request("POST", f"/api/v1/decisions/{id_}/approve")
        answer = connection.getresponse()
        text = answer.status, answer.read().decode()
        connection.close()
    return text


def mode_of(file: Path) -> int:
    return file.stat().st_mode & 0o777


def test_two_different_persons_approve_by_different_ways_across_a_crash(
    tmp_path: Path, bot: BotProcess, files: list[Path]
) -> None:
    require("root, to become somebody else", present=os.geteuid() == 0)
    daemon = asks(tmp_path, bot, files[:1], "two_persons")
    try:
        [decision] = waiting(daemon)
        status, refusal = daemon.post(f"/api/v1/decisions/{decision['id']}/approve")
        assert (status, "root is known by who logged in" in str(refusal)) == (403, True)
        assert approve_as_nobody(daemon, decision["id"])[0] == 200
        daemon.kill()
        daemon.start()
        status, text = approve_as_nobody(daemon, decision["id"])
        assert (status, "ann has approved already" in text) == (403, True)
        assert mode_of(files[0]) == 0o644

        bot.press("key-0", "Approve")

        until(lambda: mode_of(files[0]) == 0o600, 180)
        until(lambda: daemon.get(f"/api/v1/decisions/{decision['id']}")[1]["state"] == "verified", 180)
        assert daemon.get(f"/api/v1/decisions/{decision['id']}")[1]["decided_by"] == "ann and bob"
    finally:
        daemon.stop()


def end_of(daemon: RealDaemon, id_: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = []

    def has_ended() -> bool:
        found[:] = [daemon.get(f"/api/v1/decisions/{id_}")[1]]
        return found[0]["state"] in ("verified", "rejected")

    until(has_ended, 180)
    return found[0]


def answers_at_once(daemon: RealDaemon, bot: BotProcess, decision: dict[str, Any], apart_s: float) -> list[int]:
    """The touch of a button first, the others so far apart; their statuses."""
    statuses: list[int] = []

    def answer(path: str) -> None:
        statuses.append(daemon.post(path)[0])

    answers = [threading.Thread(target=bot.press, args=(Path(decision["object"]).name, "Approve"))]
    for verb in ("approve", "reject", "approve", "reject"):
        path = f"/api/v1/decisions/{decision['id']}/{verb}"
        answers.append(threading.Thread(target=answer, args=(path,)))
    for each in answers:
        each.start()
        time.sleep(apart_s)
    for each in answers:
        each.join()
    return statuses


def test_of_many_answers_at_once_exactly_one_wins(tmp_path: Path, bot: BotProcess, files: list[Path]) -> None:
    daemon = asks(tmp_path, bot, files, "ask")
    try:
        for number, decision in enumerate(waiting(daemon)):
            bot.wait_for(Path(decision["object"]).name)

            statuses = answers_at_once(daemon, bot, decision, apart_s=0.05 * number)

            ended = end_of(daemon, decision["id"])
            assert statuses.count(200) + ended["decided_by"].startswith("telegram") == 1
            assert set(statuses) <= {200, 409}
            assert mode_of(Path(decision["object"])) == (0o600 if ended["state"] == "verified" else 0o644)
        assert len(daemon.items("changes")) == sum(mode_of(file) == 0o600 for file in files)
    finally:
        daemon.stop()
