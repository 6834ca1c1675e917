"""One drill, played in namespaces of its own: `python -m probed.drill.stage`, as the first process in them.

Reads one line of JSON, the job, and prints one, the outcome. With it ends whatever runs in the namespaces, and with
that they and their files. The standard input is the life line: whoever called closes it by its end, however that comes.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any

from probed.drill.act import Job, play
from probed.drill.outcome import outcome_json


def main() -> int:
    job = Job.of(json.loads(sys.stdin.readline()))
    player = os.fork()
    if player == 0:
        _leave_with(job)
    threading.Thread(target=_end_with_caller, daemon=True).start()
    while True:  # the first process of a namespace is the parent of every orphan in it
        ended, status = os.wait()
        if ended == player:
            return os.waitstatus_to_exitcode(status)


def _leave_with(job: Job) -> Any:
    code = 1
    try:
        print(outcome_json(play(job)), flush=True)
        code = 0
    finally:
        sys.stderr.flush()
        os._exit(code)


def _end_with_caller() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
