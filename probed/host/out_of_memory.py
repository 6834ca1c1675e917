"""Who has to go where memory ends."""

from __future__ import annotations

import contextlib
from pathlib import Path

FIRST = "500"
"""For oom_score_adj, see proc(5): as if it held half of the memory there is beside its own."""


def let_go_first(pid: int) -> None:
    """The kernel ends this process, and what it starts from now on, before it ends the daemon."""
    with contextlib.suppress(OSError):  # it has ended, or become somebody else
        Path(f"/proc/{pid}/oom_score_adj").write_text(FIRST)
