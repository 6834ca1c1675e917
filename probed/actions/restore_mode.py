"""`restore_mode`: give a file the owner, the group and the mode that the configuration lays down for it.

Parameters: `path` (the file that the finding is about); `owner`, `group` and `mode` are those of
`actions.restore_mode.baseline`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import ClassVar

from probed.actions.performer import Performer
from probed.actions.typed_action import TypedAction, only
from probed.config.actions import ActionsSettings, RestoreModeSettings
from probed.core.action import Executed, Precondition, Risk, Verification
from probed.core.finding import Finding
from probed.errors import ActionFailed, HostFailed, NotHere, ParameterError
from probed.host import files

FACTS = ("owner", "group", "mode")


def build(settings: ActionsSettings, performer: Performer) -> RestoreMode:
    return RestoreMode(settings.restore_mode, performer)


class RestoreMode(TypedAction):
    name = "restore_mode"
    title = "Restore a file's owner and mode"
    object_kind = "file"
    risk = Risk.LOW
    blast_radius = "who may read and write the file"
    reversible = True
    checks: ClassVar[frozenset[str]] = frozenset({"file"})

    def __init__(self, settings: RestoreModeSettings, performer: Performer) -> None:
        self._baseline, self._performer = settings.baseline, performer

    def params_for(self, finding: Finding, fixed: Mapping[str, object]) -> Mapping[str, object] | None:
        return {"path": finding.object} if finding.object in self._baseline else None

    def validate(self, params: Mapping[str, object]) -> Mapping[str, object]:
        """What is given beside the path has to be what the configuration says."""
        only(params, ("path", *FACTS), self.name)
        path = params.get("path")
        rightful = self._baseline.get(path) if isinstance(path, str) else None
        if rightful is None:
            raise ParameterError("path", f"{path!r} is not in actions.restore_mode.baseline")
        wanted = {
            "owner": _name(rightful.owner, files.owner_name),
            "group": _name(rightful.group, files.group_name),
            "mode": f"{int(rightful.mode, 8):04o}",
        }
        for name in FACTS:
            if params.get(name, wanted[name]) != wanted[name]:
                raise ParameterError(name, f"actions.restore_mode.baseline says {wanted[name]} for {path}")
        return {"path": path, **wanted}

    def object_of(self, params: Mapping[str, object]) -> str:
        return str(params["path"])

    def precondition(self, params: Mapping[str, object]) -> Precondition:
        wanted = self.validate(params)
        try:
            now = _now(str(wanted["path"]))
        except (NotHere, HostFailed) as error:
            return Precondition(False, str(error))
        if differences := _differences(now, wanted):
            return Precondition(True, f"{wanted['path']}: {differences}", now)
        return Precondition(False, f"{wanted['path']} is as it should be", now)

    def dry_run(self, params: Mapping[str, object]) -> str:
        wanted = self.validate(params)
        try:
            now = _now(str(wanted["path"]))
        except (NotHere, HostFailed) as error:
            raise ActionFailed(str(error)) from error
        return f"would change {wanted['path']}: {_differences(now, wanted) or 'nothing'}"

    def execute(self, params: Mapping[str, object]) -> Executed:
        return self._performer.perform("restore_mode", self.validate(params), deadline_s=self.deadline_s)

    def verify(self, params: Mapping[str, object], executed: Executed | None) -> Verification:
        wanted = self.validate(params)
        try:
            differences = _differences(_now(str(wanted["path"])), wanted)
        except (NotHere, HostFailed) as error:
            return Verification(False, str(error))
        return Verification(not differences, f"{wanted['path']}: {differences or 'as it should be'}")

    def roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> Executed:
        """What somebody has set since is theirs: it is left as it is, and said."""
        left = self.validate(params)
        path = str(left["path"])
        if not all(isinstance(before.get(name), str) for name in FACTS):
            raise ActionFailed(f"nobody knows who owned {path}")
        earlier = {"path": path, **{name: before[name] for name in FACTS}}
        try:
            if files.facts(path, follow=False) is None:
                return Executed(f"nothing to put back: there is no {path} any more")
            now = _now(path)
        except (NotHere, HostFailed) as error:
            raise ActionFailed(str(error)) from error
        if before.get("inode", now["inode"]) != now["inode"]:
            raise ActionFailed(f"{path} is another file than before")
        if not _differences(now, earlier):
            return Executed(f"{path} is as it was")
        if others := [f"{name} {now[name]}" for name in FACTS if now[name] not in (left[name], earlier[name])]:
            raise ActionFailed(f"{path} is left as it is: somebody else gave it {', '.join(others)} since")
        return self._performer.perform("restore_mode", earlier, deadline_s=self.deadline_s)

    def refusal_of_roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> str:
        path = str(self.validate(params)["path"])
        return self._performer.refusal("restore_mode", {"path": path, **{name: before.get(name) for name in FACTS}})


def _name(text: str, name_of: Callable[[int], str]) -> str:
    """As the host tells it, where the configuration has the number of somebody who has a name."""
    return name_of(int(text)) if text.isdecimal() else text


def _now(path: str) -> Mapping[str, object]:
    found, inode = files.facts(path, follow=False), _inode(path)
    if found is None or inode is None:
        raise HostFailed(f"there is no {path}")
    if found.kind not in ("file", "folder"):
        raise HostFailed(f"{path} is neither a file nor a folder but a {found.kind}")
    return {"path": path, "inode": inode, "owner": found.owner, "group": found.group, "mode": f"{found.mode:04o}"}


def _inode(path: str) -> int | None:
    try:
        return os.lstat(path).st_ino
    except OSError:
        return None


def _differences(now: Mapping[str, object], wanted: Mapping[str, object]) -> str:
    changed = [f"{name} {now[name]} → {wanted[name]}" for name in FACTS if now[name] != wanted[name]]
    return ", ".join(changed)
