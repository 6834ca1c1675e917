"""Whether the daemon that runs is as confined as its unit promises: the kernel says so of the process itself."""

from __future__ import annotations

from pathlib import Path

from probed.config.settings import Settings
from probed.doctor.daemon import running
from probed.doctor.line import Answer, passes, warns
from probed.doctor.service import UNIT

PROC = Path("/proc")
FILTERED = "2"
"""The mode of seccomp in which a filter says which system calls there are."""


def sandbox(settings: Settings) -> Answer | None:
    """None where no daemon runs, or it ends in this moment: its own line says so."""
    pid = running(settings)
    if pid is None:
        return None
    try:
        status = dict(line.split(":\t", 1) for line in (PROC / str(pid) / "status").read_text().splitlines())
    except (OSError, ValueError):
        return None
    missing = _missing(status)
    if not missing:
        return passes(f"process {pid} has no capability, gains no privilege, and its system calls are filtered")
    remedy = f"run it as the service that ./install.sh makes; what changed there: systemd-delta --type=extended, {UNIT}"
    return warns(f"process {pid} {', '.join(missing)}", remedy)


def _missing(status: dict[str, str]) -> list[str]:
    looks = {
        "runs as root": status["Uid"].split()[1] == "0",
        "has capabilities": int(status["CapEff"], 16) != 0,
        "may gain privileges (setuid programs)": status["NoNewPrivs"].strip() != "1",
        "may use every system call": status["Seccomp"].strip() != FILTERED,
    }
    return [words for words, is_so in looks.items() if is_so]
