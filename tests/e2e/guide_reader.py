"""A person who follows the guide on a machine and types what it says, page by page."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from subprocess import CompletedProcess

from tests.manual.guide import Step, missing, pages, steps
from tests.real.bot_process import PERSON, BotProcess
from tests.real.machine import Machine

HOME = "/home/ann"
CHECKOUT = f"{HOME}/cortex"
WITHIN_S = 180.0
STEP_S = 600.0
TRAP = "set -E; trap 'code=$?; case $code in {exits}) ;; *) exit $code ;; esac' ERR\n"
"""A script ends at a command that ends otherwise than the page says."""


@dataclass
class Reader:
    host: Machine
    bot: BotProcess
    replaced: Mapping[str, str]
    """Words of the guide that are others here: a token, a port."""
    read: list[str] = field(default_factory=list)

    def read_up_to(self, page: str) -> None:
        """Each page builds on the ones before; none is read twice."""
        for each in pages()[: pages().index(page) + 1]:
            if each not in self.read:
                self.read.append(each)
                for step in steps(each):
                    self.follow(step)

    def follow(self, step: Step) -> None:
        if step.skip:
            return
        end = time.monotonic() + WITHIN_S
        while fault := self._fault(step, done := self.type(step)):
            is_patient = bool(step.wait) and time.monotonic() < end
            assert is_patient, f"{step}\n{fault}\n{done.stdout}{done.stderr}"
            time.sleep(0.5)
        if step.command.endswith("telegram pair"):
            self.bot.control("say", text=done.stdout.strip(), user=PERSON)

    def type(self, step: Step) -> CompletedProcess[str]:
        script = self._with_ids(step.command)
        for shown, here in self.replaced.items():
            script = script.replace(shown, here)
        trap = TRAP.format(exits="|".join(map(str, step.exits)))
        return self.run(trap + script)

    def run(self, script: str) -> CompletedProcess[str]:
        env = {"USER": "ann", "HOME": HOME}
        return self.host.run(script, user="ann", cwd=CHECKOUT, timeout_s=STEP_S, env=env)

    def _fault(self, step: Step, done: CompletedProcess[str]) -> str:
        printed = done.stdout + done.stderr
        if done.returncode not in step.exits:
            return f"it ended with {done.returncode}, not {step.exits}"
        if step.wait and step.wait not in printed:
            return f"{step.wait!r} is not printed"
        lost = missing(step.expected, printed)
        return f"this line is not printed: {lost}" if lost else ""

    def _with_ids(self, script: str) -> str:
        """`ID` is the newest of what the command is about, or the one that waits."""
        if noun := re.search(r"cortexctl (\w+) \w+ ID\b", script):
            script = re.sub(r"\bID\b", self._newest(noun[1]), script)
        return re.sub(r"\bCHAT\b", self._chat(), script) if re.search(r"\bCHAT\b", script) else script

    def _newest(self, noun: str) -> str:
        end = time.monotonic() + WITHIN_S
        while True:
            items = json.loads(self.run(f"cortexctl {noun} list --json").stdout or '{"items": []}')["items"]
            waiting = [item for item in items if item.get("state") == "waiting"] if noun == "decisions" else items
            if waiting:
                return str(waiting[0]["id"])
            assert time.monotonic() < end, f"there is nothing in cortexctl {noun} list"
            time.sleep(0.5)

    def _chat(self) -> str:
        members = json.loads(self.run("cortexctl telegram list --json").stdout)
        return str(members["items"][0]["chat_id"])
