"""The book of what actions have earned: written in every mode, binding in the mode `earned`."""

from __future__ import annotations

from dataclasses import replace

from probed.core.autonomy import Rung, Standing, executed, rehearsed
from probed.core.finding import ActionCall
from probed.engine.audit import audit
from probed.engine.rules import Rules
from probed.errors import NotFound, ParameterError
from probed.ports import Actions, Actor, Clock, Transaction


class StandingBook:
    def __init__(self, actions: Actions, clock: Clock, rules: Rules) -> None:
        self._actions, self._clock, self._rules = actions, clock, rules

    async def rehearsed(self, tx: Transaction, call: ActionCall, *, worked: bool) -> None:
        standing = await self._of(tx, call)
        if standing:
            after = rehearsed(standing, worked=worked, terms=self._rules.autonomy, now=self._clock.now())
            await self._save(tx, standing, after)

    async def executed(self, tx: Transaction, call: ActionCall, *, verified: bool) -> None:
        standing = await self._of(tx, call)
        if standing:
            after = executed(standing, verified=verified, terms=self._rules.autonomy, now=self._clock.now())
            await self._save(tx, standing, after)

    async def pin(self, tx: Transaction, action: str, object_kind: str, rung: Rung | None, by: Actor) -> Standing:
        """`rung` None: it stands again on what it has earned. Raises ParameterError."""
        if action not in self._actions.names():
            raise ParameterError(
                "action", f"there is no action {action!r}; there are {', '.join(self._actions.names())}"
            )
        known = self._actions.get(action).object_kind
        if known != object_kind:
            raise ParameterError("object_kind", f"{action} works on {known}, not on {object_kind}")
        standing = await tx.standings.get(action, object_kind)
        after = replace(standing, pin=rung, pinned_by=by.name if rung else "")
        await tx.standings.save(after)
        text = f"pinned {action} on {object_kind} to {rung}" if rung else f"unpinned {action} on {object_kind}"
        await audit(tx, by, action, text)
        await tx.stream.publish("autonomy.changed", action, {"object_kind": object_kind, "pin": rung})
        return after

    async def _of(self, tx: Transaction, call: ActionCall) -> Standing | None:
        try:
            action = self._actions.get(call.action)
        except NotFound:  # it is gone since
            return None
        return await tx.standings.get(action.name, action.object_kind)

    async def _save(self, tx: Transaction, before: Standing, after: Standing) -> None:
        if after == before:
            return
        await tx.standings.save(after)
        if after.rung is not before.rung:
            text = f"{after.action} on {after.object_kind} came from {before.rung} to {after.rung}"
            await tx.ledger.append("milestone", "cortex", after.action, text)
            data = {"object_kind": after.object_kind, "rung": str(after.rung)}
            await tx.stream.publish("autonomy.changed", after.action, data)
