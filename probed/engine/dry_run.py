"""What an action would do now, for a person who asks; nothing is done."""

from __future__ import annotations

from collections.abc import Mapping

from probed.core.dry_run import DryRun
from probed.core.finding import ActionCall
from probed.core.permission import Permission, Source
from probed.engine.audit import audit
from probed.engine.examine import examine
from probed.engine.rulings import Rulings
from probed.ports import Actions, Actor, Monitor, Workers

VALIDATE_WITHIN_S = 10.0
MOST_LETTERS = 500
"""Of the call, on record."""
ALLOWED = Source(Permission.AUTOMATIC, "nothing but the word of a document is missing")


class DryRuns:
    def __init__(self, monitor: Monitor, actions: Actions, workers: Workers, rulings: Rulings) -> None:
        self._monitor, self._actions, self._workers, self._rulings = monitor, actions, workers, rulings

    async def look(self, name: str, params: Mapping[str, object], by: Actor) -> DryRun:
        """Raises NotFound, ParameterError."""
        action = self._actions.get(name)
        canonical = await self._workers.run(
            lambda: action.validate(params), deadline_s=VALIDATE_WITHIN_S, name=f"parameters of {name}"
        )
        call = ActionCall(name, canonical)
        object_ = action.object_of(canonical)
        labels = {"host": self._rulings.rules.host, "object": object_}  # those of a finding are not known
        seen = await examine(self._actions, self._workers, call)
        async with self._monitor.transaction() as tx:
            ruling = await self._rulings.ruling(tx, call, [ALLOWED], labels)
            await audit(tx, by, name, f"looked what {call.key[:MOST_LETTERS]} would do")
        return DryRun(
            call=call,
            object=object_,
            obstacle=seen.obstacle,
            would_do=seen.dry_run,
            snapshot=seen.snapshot,
            risk=action.risk,
            blast_radius=action.blast_radius,
            reversible=action.reversible and not seen.stays,
            stays=seen.stays,
            permission=ruling.permission,
            held=ruling.held,
            reason=ruling.reason,
        )
