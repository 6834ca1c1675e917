"""Gathers what an action's permission depends on, and asks the one function that rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from probed.core.action import Risk
from probed.core.finding import ActionCall
from probed.core.modes import Modes
from probed.core.permission import Approval, Mode, Permission, Ruling, Situation, Source, permit
from probed.core.recurrence import DAY, restraints
from probed.engine.audit import audit
from probed.engine.rules import Rules
from probed.errors import NotFound, ParameterError
from probed.ports import Action, Actions, Actor, Clock, Transaction

MODES = "mode"
"""Name of the setting that keeps the modes that an operator chose."""


class Freeze(Protocol):
    async def freezing(self, tx: Transaction, labels: Mapping[str, str], now: datetime) -> str:
        """Why nothing runs by itself now on what has these labels; empty: it may."""


class Rulings:
    def __init__(self, actions: Actions, clock: Clock, rules: Rules, freezes: Sequence[Freeze] = ()) -> None:
        self._actions, self._clock, self._freezes = actions, clock, freezes
        self.rules = rules

    async def ruling(
        self, tx: Transaction, call: ActionCall, voices: Sequence[Source], labels: Mapping[str, str]
    ) -> Ruling:
        try:
            action = self._actions.get(call.action)
        except NotFound as error:
            return Ruling(Permission.NEVER, str(error))
        return permit(await self._situation(tx, action, call, voices, labels))

    async def leaves_it_to_the_model(self, tx: Transaction, call: ActionCall, labels: Mapping[str, str]) -> bool:
        """Whether nothing but the document's own word wants a person: were that word `automatic`, it would run."""
        document = Source(Permission.AUTOMATIC, "the document's own word aside")
        ruling = await self.ruling(tx, call, [document], labels)
        return (
            call.action in self.rules.model_may_approve
            and ruling.permission is Permission.AUTOMATIC
            and not ruling.held
            and ruling.approval is Approval.ONE
        )

    async def _situation(
        self,
        tx: Transaction,
        action: Action,
        call: ActionCall,
        voices: Sequence[Source],
        labels: Mapping[str, str],
    ) -> Situation:
        standing = await tx.standings.get(action.name, action.object_kind)
        return Situation(
            voices=tuple(voices),
            policy=self.rules.policy.get(call.action),
            is_grave=action.risk is Risk.HIGH and not action.reversible,
            mode=(await self.modes(tx)).of(call.action),
            rung=standing.rung,
            pin=standing.pin,
            frozen_by=await self._frozen_by(tx, labels),
            restraints=await self._restraints(tx, action, call),
        )

    async def modes(self, tx: Transaction) -> Modes:
        return Modes.from_setting(await tx.settings.get(MODES), self.rules.mode)

    async def set_mode(self, tx: Transaction, mode: Mode | None, by: Actor, action: str = "") -> Modes:
        """Raises ParameterError."""
        if action and action not in self._actions.names():
            raise ParameterError(
                "action", f"there is no action {action!r}; there are {', '.join(self._actions.names())}"
            )
        modes = (await self.modes(tx)).with_choice(mode, action)
        await tx.settings.set(MODES, modes.to_setting())
        whose = f"the mode of {action}" if action else "the mode"
        text = f"set {whose} to {mode}" if mode else f"took back {whose}"
        await audit(tx, by, action or "daemon", text)
        await tx.stream.publish("mode.changed", action or "daemon", {"mode": str(modes.of(action))})
        return modes

    async def _frozen_by(self, tx: Transaction, labels: Mapping[str, str]) -> str:
        now = self._clock.now()
        for freeze in self._freezes:
            if reason := await freeze.freezing(tx, labels, now):
                return reason
        return ""

    async def _restraints(self, tx: Transaction, action: Action, call: ActionCall) -> tuple[str, ...]:
        now = self._clock.now()
        since = now - max(DAY, timedelta(seconds=action.cooldown_s))
        history = await tx.changes.of_kin(call, action.kin_of(call.params), since)
        return restraints(call, history, action.cooldown_s, action.daily_cap, now)
