"""Which mode holds for which action: the operator's word, else the configuration's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from probed.core.permission import Mode


@dataclass(frozen=True, slots=True)
class Modes:
    configured: Mode
    """By the configuration; it holds until an operator says something else."""
    chosen: Mode | None = None
    by_action: Mapping[str, Mode] = field(default_factory=dict)

    @property
    def general(self) -> Mode:
        return self.chosen or self.configured

    def of(self, action: str) -> Mode:
        return self.by_action.get(action, self.general)

    def with_choice(self, mode: Mode | None, action: str = "") -> Modes:
        """`mode` None: for an action what holds in general, in general what is configured. `action` empty: in
        general."""
        if not action:
            return replace(self, chosen=mode)
        others = {name: each for name, each in self.by_action.items() if name != action}
        return replace(self, by_action={**others, action: mode} if mode else others)

    def to_setting(self) -> Mapping[str, object]:
        return {"general": self.chosen, "actions": dict(self.by_action)}

    @classmethod
    def from_setting(cls, stored: object, configured: Mode) -> Modes:
        """`stored`: what `to_setting` made; anything else means that no operator has chosen."""
        if not isinstance(stored, Mapping):
            return cls(configured)
        chosen, actions = stored.get("general"), stored.get("actions")
        by_action = {str(name): Mode(mode) for name, mode in actions.items()} if isinstance(actions, Mapping) else {}
        return cls(configured, Mode(chosen) if chosen else None, by_action)
