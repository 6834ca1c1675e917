"""The root helper: whether it answers, and what its policy allows."""

from __future__ import annotations

import os
from pathlib import Path

from probed.actions.through_helper import ThroughHelper
from probed.config.settings import Settings
from probed.doctor.line import Answer, fails_as_told, passes, warns
from probed.errors import ActionFailed
from probed.helper.protocol import SOCKET

UNIT = "cortex-helper.socket"


def helper(settings: Settings) -> Answer:
    path = settings.actions.helper.socket or Path(SOCKET)
    if not path.exists():
        return _absent(settings, path)
    if not os.access(path, os.W_OK, effective_ids=True):
        return warns(f"uid {os.geteuid()} may not ask it at {path}", "run it as root: sudo cortexctl doctor")
    try:
        allowed = ThroughHelper(path).allowed()
    except ActionFailed as error:
        return fails_as_told(error, "journalctl -u cortex-helper")
    return passes(f"answers on {path} and allows {', '.join(allowed) or 'nothing'}")


def _absent(settings: Settings, path: Path) -> Answer:
    own = "actions have the rights of the daemon's user alone"
    if settings.actions.helper.socket is None:
        return passes(f"not used: {own}")
    return warns(f"nobody listens on {path}: {own}", f"systemctl enable --now {UNIT}")
