"""Requests made from the daemon's own description of its API, right ones and wrong ones, to every operation, and a
tenth as many to Alertmanager's.

    .venv/bin/python -m bench.fuzz [--cases 20000] [--seed 1]

The application is the real one, over the real engine and monitor, in this process. What is counted as a fault: a status
of 500 or more, no answer, an exception, and an answer that is not as the description says.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from pathlib import Path

from tests.api.fuzzing import Campaign, alertmanagers_document, served

EACH = 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    logging.disable()
    with tempfile.TemporaryDirectory(prefix="cortex-fuzz-") as folder, served(Path(folder)) as app:
        ours = Campaign(app, arguments.seed).run(arguments.cases, EACH)
        alertmanagers = Campaign(app, arguments.seed, alertmanagers_document()).run(arguments.cases // 10, EACH)
    print(f"{ours}\nAlertmanager's API: {alertmanagers}")
    for name in sorted(ours.requests.keys() - ours.reached):
        print(f"took nothing: {name}")
    faults = ours.faults | alertmanagers.faults
    for name, request in faults.items():
        print(f"\n{name}\n{request}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
