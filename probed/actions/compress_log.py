"""`compress_log`: replace a log that nobody writes any more by a compressed file.

Parameters: `path` (the log that the finding is about; of a full file system the largest that `actions.logs.compress`
allows).
"""

from __future__ import annotations

import os

from probed.actions.log_file import AllowedLogs, LogAction
from probed.actions.performer import Performer
from probed.config.actions import ActionsSettings
from probed.core.action import Risk
from probed.core.size import size_text


def build(settings: ActionsSettings, performer: Performer) -> CompressLog:
    return CompressLog(settings.logs, AllowedLogs.of(settings.logs.compress, "actions.logs.compress"), performer)


class CompressLog(LogAction):
    name = "compress_log"
    title = "Compress a log"
    risk = Risk.LOW
    blast_radius = "the log; what it holds is in the compressed file beside it"

    def what_would_be(self, path: str, status: os.stat_result) -> str:
        return f"would replace {path} ({size_text(status.st_size)}) by {path}.gz"
