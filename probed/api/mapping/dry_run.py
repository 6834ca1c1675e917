from __future__ import annotations

from probed.core.dry_run import DryRun
from probed.wire.dry_run import DryRunShape
from probed.wire.finding import ActionCallShape


def dry_run_shape(seen: DryRun) -> DryRunShape:
    return DryRunShape(
        action=ActionCallShape(seen.call.action, dict(seen.call.params)),
        object=seen.object,
        can_be_done=not seen.obstacle,
        obstacle=seen.obstacle,
        would_do=seen.would_do,
        snapshot=dict(seen.snapshot),
        risk=seen.risk.value,
        blast_radius=seen.blast_radius,
        reversible=seen.reversible,
        stays=seen.stays,
        permission=seen.permission.value,
        held=seen.held,
        reason=seen.reason,
    )
