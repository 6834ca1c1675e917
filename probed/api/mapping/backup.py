from __future__ import annotations

from probed.api.mapping import moment
from probed.core.backup import Backup, Drill
from probed.wire.backup import BackupShape, DrillShape


def backup_shape(backup: Backup) -> BackupShape:
    return BackupShape(
        name=backup.name,
        taken_at=moment.text(backup.taken_at),
        stored_bytes=backup.stored_bytes,
        content_bytes=backup.content_bytes,
        sha256=backup.sha256,
        rows=dict(backup.rows),
        took_s=backup.took_s,
    )


def drill_shape(drill: Drill) -> DrillShape:
    return DrillShape(drill.name, moment.text(drill.at), drill.took_s, drill.fault)
