"""Being somebody else for a moment."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from tests.conftest import require

NOBODY = 65534


@contextlib.contextmanager
def as_nobody(uid: int = NOBODY) -> Iterator[None]:
    """The test's own process acts as `nobody`, or another without rights, without any group of its own."""
    require("root, to become somebody else", present=os.geteuid() == 0)
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(NOBODY)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)
