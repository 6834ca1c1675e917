from __future__ import annotations

from starlette.responses import Response

from probed.api.answers import answer
from probed.api.endpoint import Call, Endpoint
from probed.api.mapping.backup import backup_shape, drill_shape
from probed.api.peer import Role
from probed.wire import paths
from probed.wire.backup import BackupShape, BackupsShape, DrillShape

WORK_WITHIN_S = 1800.0


async def list_backups(call: Call) -> Response:
    backups = call.desk.context.backups
    drill = await backups.last_drill()
    items = [backup_shape(backup) for backup in reversed(await backups.known())]
    shape = BackupsShape(items, drill_shape(drill) if drill else None, await backups.written_bytes())
    return answer(BackupsShape, shape)


async def take_backup(call: Call) -> Response:
    backup = await call.desk.context.backups.take(await call.actor())
    return answer(BackupShape, backup_shape(backup), 201)


async def verify_backup(call: Call) -> Response:
    drill = await call.desk.context.backups.verify(call.id, await call.actor())
    return answer(DrillShape, drill_shape(drill))


ENDPOINTS = (
    Endpoint(
        "GET",
        paths.BACKUPS,
        Role.VIEWER,
        list_backups,
        "Backups of the monitor, the newest first, and the last check that one can be restored.",
        answer=BackupsShape,
    ),
    Endpoint(
        "POST",
        paths.BACKUPS,
        Role.ADMIN,
        take_backup,
        "Take one now.",
        answer=BackupShape,
        status=201,
        deadline_s=WORK_WITHIN_S,
    ),
    Endpoint(
        "POST",
        f"{paths.BACKUPS}/{{id}}/verify",
        Role.ADMIN,
        verify_backup,
        "Unpack and check one as a restore would do it.",
        answer=DrillShape,
        deadline_s=WORK_WITHIN_S,
    ),
)
