"""A process in user, mount, network and process namespaces of its own, which end with it, and it with this one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from probed.drill.act import Job
from probed.drill.outcome import Outcome, broken, outcome_of
from probed.errors import Refused

UNSHARE = (
    "unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
)  # fmt: skip
WITHIN = ("unshare", "--user", "--map-root-user", "--mount", "--net", "--ipc")
"""As `lock_in` does it."""
TRIED_WITHIN_S = 20.0
BESIDE_S = 200.0
"""What a drill may take beside the time until the fault is seen: for its start, and the programs of the fault."""
SYSCTLS = {
    "kernel/unprivileged_userns_clone": ("0", "1"),
    "kernel/apparmor_restrict_unprivileged_userns": ("1", "0"),
    "user/max_user_namespaces": ("0", "15000"),
}
"""What forbids them, with the value that does, and one that allows them."""


def require(proc: Path = Path("/proc/sys")) -> None:
    """Raises Refused where this host allows no such namespaces, with what would."""
    if not shutil.which(UNSHARE[0]):
        raise Refused("nothing can be drilled here: unshare is missing; install util-linux")
    tries = [*UNSHARE, *WITHIN, "true"]
    try:
        tried = subprocess.run(tries, capture_output=True, timeout=TRIED_WITHIN_S, text=True, check=False)
    except subprocess.TimeoutExpired:
        raise Refused(f"nothing can be drilled here: unshare did not end within {TRIED_WITHIN_S:g} s") from None
    if tried.returncode:
        said = (tried.stderr.strip().splitlines() or [f"exit code {tried.returncode}"])[-1]
        raise Refused(f"nothing can be drilled here, for no namespaces are allowed: {said}; {_remedy(proc)}")


def _remedy(proc: Path) -> str:
    for name, (forbids, allows) in SYSCTLS.items():
        path = proc / name
        if path.exists() and path.read_text().strip() == forbids:
            return f"type: sudo sysctl {name.replace('/', '.')}={allows}"
    return "in a container, start it with --security-opt seccomp=unconfined --security-opt systempaths=unconfined"


class Drill:
    """One that was started; it ends by itself, or by `end`."""

    def __init__(self, job: Job) -> None:
        self._ends_by = time.monotonic() + job.truth.within_s + BESIDE_S
        self._output = os.fdopen(os.memfd_create("drill"), "w+b")  # in memory: a disk of the host may be full
        self._process = subprocess.Popen(
            [*UNSHARE, sys.executable, "-P", "-m", "probed.drill.stage"],
            stdin=subprocess.PIPE, stdout=self._output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        assert self._process.stdin
        self._life_line = self._process.stdin
        self._life_line.write(json.dumps(job.as_data()).encode() + b"\n")
        self._life_line.flush()

    def outcome(self) -> Outcome | None:
        """None while it goes on."""
        if self._process.poll() is None:
            if time.monotonic() < self._ends_by:
                return None
            self.end()
            return broken("it did not end in time")
        self.end()
        self._output.seek(0)
        lines = self._output.read().decode(errors="replace").strip().splitlines()
        self._output.close()
        found = _json(lines[-1]) if lines else None
        words = lines[-1] if lines else f"exit code {self._process.returncode}"
        return outcome_of(found) if found else broken(f"it broke off: {words}")

    def end(self) -> None:
        """With all that it started."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._life_line.close()


def _json(line: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
