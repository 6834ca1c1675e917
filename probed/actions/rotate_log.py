"""`rotate_log`: keep what a log holds in a compressed file beside it, and empty it.

Parameters: `path` (the log that the finding is about; of a full file system the largest that `actions.logs.rotate`
allows).
"""

from __future__ import annotations

import os
from typing import ClassVar

from probed.actions.log_file import AllowedLogs, LogAction
from probed.actions.performer import Performer
from probed.config.actions import ActionsSettings
from probed.core.size import size_text


def build(settings: ActionsSettings, performer: Performer) -> RotateLog:
    return RotateLog(settings.logs, AllowedLogs.of(settings.logs.rotate, "actions.logs.rotate"), performer)


class RotateLog(LogAction):
    name = "rotate_log"
    checks: ClassVar[frozenset[str]] = LogAction.checks | {"log_patterns"}
    title = "Rotate a log"
    blast_radius = "the log; a line that is written in the instant of its emptying may be lost"

    def what_would_be(self, path: str, status: os.stat_result) -> str:
        size = size_text(status.st_size)
        return f"would compress the {size} of {path} into {path}-YYYYMMDD-HHMMSS.gz, and empty it"
