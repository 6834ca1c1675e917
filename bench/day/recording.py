"""A recorded day: what the checks of one document really saw at each of its ticks, and when it was."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter

from probed.config.documents import parse_document
from probed.core.inspection import Inspection
from probed.core.observation import CheckAnswer, Memory
from probed.errors import CheckFailed

RECORDING = Path(__file__).parents[1] / "recordings" / "day.jsonl.gz"
TICK_S = 900.0
TICKS = 96
DISK_FILLS = range(30, 48)
"""Ticks of the incident: the disk fills, is full, and somebody makes room."""
SERVICE_FLAPS = range(60, 84)
DOCUMENT = """\
---
id: host
title: The host
schedule: every 15m
checks:
  - disk: {mounts: [/srv/data]}
  - inodes: {mounts: [/srv/data]}
  - memory
  - file_descriptors
  - clock
  - tcp_port: {port: 8080}
  - http: {url: "http://127.0.0.1:8080/"}
agent: {when: on_finding, tier: small, budget_usd: 0.5}
---
Find the cause of what the checks found.
"""
ANSWER: TypeAdapter[CheckAnswer] = TypeAdapter(CheckAnswer)
Tick = Sequence[CheckAnswer | str]
"""The answer of each check of the document; a text where it gave none: the reason."""


@dataclass
class RecordedCheck:
    """Answers what was recorded for the tick that it is set to."""

    name: str
    answer: CheckAnswer | str = ()
    remembers: bool = False
    memory: Memory = field(default_factory=dict)

    def look(self) -> CheckAnswer:
        if isinstance(self.answer, str):
            raise CheckFailed(self.answer)
        return self.answer

    def look_since(self, known: Memory) -> tuple[CheckAnswer, Memory]:
        return self.look(), self.memory


def document() -> Inspection:
    return parse_document(DOCUMENT, "host.md")


def write(path: Path, ticks: Sequence[Tick]) -> None:
    lines = (json.dumps([plain_of(answer) for answer in tick], ensure_ascii=False) for tick in ticks)
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0))


def read(path: Path = RECORDING) -> Iterator[Tick]:
    for line in gzip.decompress(path.read_bytes()).decode().splitlines():
        yield [answer if isinstance(answer, str) else ANSWER.validate_python(answer) for answer in json.loads(line)]


def plain_of(answer: CheckAnswer | str) -> object:
    return answer if isinstance(answer, str) else ANSWER.dump_python(answer, mode="json", exclude_defaults=True)
