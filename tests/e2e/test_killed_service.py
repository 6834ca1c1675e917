"""A killed service on a machine with a real systemd: restarted by L1, restarted after an approval (L2), told by L3.

The daemon is the installed one, user `cortex`; what needs root the helper does, within its policy.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.waiting import until
from tests.real.bot_api import CHAT, TOKEN
from tests.real.bot_process import BotProcess, bot_process
from tests.real.machine import Machine

pytestmark = pytest.mark.systemd

DOCUMENT = """---
id: services
schedule: every 1s
checks:
  - systemd_unit: {{units: [{unit}]}}
actions: {{{level}: [restart_unit]}}
---
"""


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[BotProcess]:
    """On this side; the machine shares the network."""
    with bot_process(tmp_path / "sent.jsonl") as process:
        yield process


class Watched:
    """A unit on the machine, and the installed daemon, which watches nothing but this unit."""

    place = "/etc/cortex"
    socket = "/run/cortex/probed.sock"

    def __init__(self, host: Machine, bot: BotProcess, name: str, start: str, level: str) -> None:
        self.host, self.unit, self._bot = host, f"{name}.service", bot
        self._write(f"/etc/systemd/system/{self.unit}", f"[Service]\nExecStart={start}\n")
        self.run(f"systemctl daemon-reload && systemctl start {self.unit}")
        self.run(f"systemctl stop cortex-probed; rm -rf {self.place}/inspections /var/lib/cortex/*")
        self._write(f"{self.place}/inspections/services.md", DOCUMENT.format(unit=self.unit, level=level))
        self._write(f"{self.place}/token", TOKEN)
        self._write(f"{self.place}/config.yaml", json.dumps(self._config()))
        self.run(f"chown -R cortex: {self.place}/inspections {self.place}/token {self.place}/config.yaml")
        self._start()

    def _start(self) -> None:
        self.run("systemctl start cortex-probed")

    def _config(self) -> dict[str, Any]:
        return {
            "mode": "act",
            "inspections": {"boot_grace": "0s"},
            "telegram": {"api_url": self._bot.url, "token_file": f"{self.place}/token", "chat_id": CHAT},
        }

    def _write(self, path: str, text: str) -> None:
        command = f"umask 077 && mkdir -p $(dirname {path}) && cat >{path} <<'EOF'\n{text}\nEOF"
        assert self.host.run(command).returncode == 0

    def run(self, command: str) -> str:
        done = self.host.run(command)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def ctl(self, words: str) -> Any:
        """What `cortexctl … --json` prints."""
        done = self.host.run(f"cortexctl --socket {self.socket} {words} --json")
        return json.loads(done.stdout)

    def kill(self) -> str:
        """Kill the unit's main process and return the id of the invocation that ended."""
        ended = self.invocation()
        self.run(f"systemctl kill --signal=KILL {self.unit}")
        return ended

    def invocation(self) -> str:
        return self.run(f"systemctl show -P InvocationID {self.unit}").strip()

    def is_active(self) -> bool:
        return self.host.run(f"systemctl is-active {self.unit}").stdout == "active\n"

    def end(self) -> None:
        self.host.run(f"systemctl stop cortex-probed {self.unit}; systemctl reset-failed")


class WithoutHelper(Watched):
    """With the rights of the daemon's own user alone."""

    def _config(self) -> dict[str, Any]:
        return {**super()._config(), "actions": {"helper": {"socket": "/run/nobody-listens.sock"}}}


def test_l1_restarts_a_killed_service_and_leaves_a_change(host: Machine, bot: BotProcess) -> None:
    watched = Watched(host, bot, "alpha", "/bin/sleep infinity", "L1")
    try:
        until(lambda: watched.ctl("status")["first_sweep_done"], 180)
        ended = watched.kill()

        bot.wait_for("solved by restart_unit", 180)

        assert watched.is_active()
        assert watched.invocation() != ended
        [change] = watched.ctl("changes")["items"]
        assert (change["level"], change["outcome"]) == ("L1", "verified")
        assert watched.run("ps -o user= -C probed").split() == ["cortex"]
        log = watched.run("journalctl -u cortex-helper -o cat")
        assert f'\'restart_unit\' {{"unit": "{watched.unit}"}} for uid' in log
    finally:
        watched.end()


def test_what_the_policy_does_not_allow_is_told_with_the_reason(host: Machine, bot: BotProcess) -> None:
    host.run("sed -i.kept 's/^units = \\[$/units = [\"epsilon*\",/' /etc/cortex/policy.toml")
    watched = Watched(host, bot, "epsilon", "/bin/sleep infinity", "L1")
    try:
        until(lambda: watched.ctl("status")["first_sweep_done"], 180)
        watched.kill()

        bot.wait_for("the root helper refused: epsilon.service is never touched", 180)

        assert not watched.is_active()
        assert watched.ctl("changes")["items"] == []
    finally:
        watched.end()
        host.run("mv /etc/cortex/policy.toml.kept /etc/cortex/policy.toml")


def test_without_a_helper_the_daemon_does_what_its_user_may_and_says_what_it_takes(
    host: Machine, bot: BotProcess
) -> None:
    watched = WithoutHelper(host, bot, "zeta", "/bin/sleep infinity", "L1")
    try:
        until(lambda: watched.ctl("status")["first_sweep_done"], 180)
        watched.kill()

        bot.wait_for("has no right to restart zeta.service: it takes root", 180)

        assert not watched.is_active()
    finally:
        watched.end()


def test_l2_restarts_a_killed_service_once_a_person_approved(host: Machine, bot: BotProcess) -> None:
    watched = Watched(host, bot, "beta", "/bin/sleep infinity", "L2")
    try:
        until(lambda: watched.ctl("status")["first_sweep_done"], 180)
        watched.kill()
        bot.wait_for("May I run restart_unit", 180)
        assert not watched.is_active()
        [waiting] = watched.ctl("decisions list --state waiting")["items"]

        watched.ctl(f"decisions approve {waiting['id']} --yes")

        until(lambda: watched.ctl(f"decisions show {waiting['id']}")["state"] == "verified", 180)
        assert watched.is_active()
    finally:
        watched.end()


def test_a_restart_that_does_not_help_is_told_and_not_repeated(host: Machine, bot: BotProcess) -> None:
    watched = Watched(host, bot, "gamma", "/bin/sh -c 'sleep 1; exit 3'", "L1")
    try:
        bot.wait_for("not verified", 180)

        changes = watched.ctl("changes")["items"]
        assert [change["outcome"] for change in changes] == ["not_verified"]
        assert watched.ctl("alerts")["items"][0]["labels"]["object"] == "gamma.service"
    finally:
        watched.end()


def test_a_stop_by_a_person_is_no_fault(host: Machine, bot: BotProcess) -> None:
    watched = Watched(host, bot, "delta", "/bin/sleep infinity", "L1")
    try:
        until(lambda: watched.ctl("status")["first_sweep_done"], 180)

        watched.run(f"systemctl stop {watched.unit}")
        runs = len(watched.ctl("runs")["items"])
        until(lambda: len(watched.ctl("runs")["items"]) >= runs + 3, 180)

        assert watched.ctl("alerts")["items"] == []
        assert watched.ctl("changes")["items"] == []
        assert not watched.is_active()
    finally:
        watched.end()
