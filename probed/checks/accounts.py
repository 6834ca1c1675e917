"""Who may use this host, against those of whom it was known: new users, new members of powerful groups, new rules of
sudo and new SSH keys; and what is never right: a second user 0, and accounts without a password.

Parameters: `groups` (sudo, wheel, admin, adm, root, docker, lxd, libvirt, disk, shadow, cortex, cortex-admin),
`sudoers` (true), `keys` (true), `ignore` (names and shell patterns of users), `root` (/; where another system's files
lie), `for` (0s).

The first look is taken for how it should be. A new user without a shell, as packages make them, is noted once; one that
can log in, a new member, a changed user id, a new rule (where rules may not be read: a file of them that is new or has
changed) and a new key are warnings; a second user 0 and an empty password are critical. A finding lasts until it is
undone, or until `cortexctl inspections relearn ID --check accounts` says that it is right. Who was removed is
forgotten, and is new when they come back. What the daemon may not read (/etc/shadow, sudo's rules, the keys of others)
is said. No action fits by itself.

Example:
  - accounts: {groups: [sudo, wheel, docker], ignore: [deploy-*]}
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import AfterValidator

from probed.checks.parameters import For, absolute, lasting
from probed.config.values import Names
from probed.core.finding import Severity
from probed.core.host_event import Concern, EventSource
from probed.core.observation import Absent, CheckAnswer, Memory, Observation
from probed.core.pattern import fits_any
from probed.core.text import storable
from probed.errors import NotHere
from probed.host import accounts
from probed.host.accounts import User
from probed.host.log_lines import as_mapping

POWERFUL = (
    *("sudo", "wheel", "admin", "adm", "root", "docker", "lxd", "libvirt", "disk", "shadow"),
    *("cortex", "cortex-admin"),
)
MOST_FINDINGS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    groups: Annotated[tuple[str, ...], Names] = POWERFUL
    sudoers: bool = True
    keys: bool = True
    ignore: Annotated[tuple[str, ...], Names] = ()
    root: Annotated[str, AfterValidator(absolute)] = "/"
    for_s: For = 0.0


@dataclass(frozen=True, slots=True)
class Fault:
    name: str
    severity: Severity
    summary: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Seen:
    """What there is now, as it is remembered, and what may not be read."""

    facts: dict[str, dict[str, Any]]
    absent: list[Absent]

    def add(self, kind: str, read: Callable[[], dict[str, Any]], known: Memory) -> None:
        """What may not be read any more stays known as it was."""
        try:
            self.facts[kind] = read()
        except NotHere as missing:
            self.absent.append(Absent(missing.what, missing.remedy))
            if kind in known:
                self.facts[kind] = dict(as_mapping(known[kind]))


def concerns(params: Params) -> Sequence[Concern]:
    names = ("etc/passwd", "etc/group", "etc/sudoers", "etc/sudoers.d/*")
    return (Concern(EventSource.FILES, tuple(os.path.join(params.root, name) for name in names)),)


def look_since(params: Params, known: Memory) -> tuple[CheckAnswer, Memory]:
    everybody = [each for each in accounts.users(params.root) if not fits_any(each.name, params.ignore)]
    seen = _seen(params, everybody, known)
    faults = [*_wrong(everybody, params, seen.absent), *_new(seen.facts, known)][:MOST_FINDINGS]
    healthy = Observation("accounts", f"{len(everybody)} users, as they are known", evidence={"users": len(everybody)})
    answer = [_observation(each, params) for each in faults] or [healthy]
    return (*answer, *seen.absent), {kind: _kept(kind, facts, known) for kind, facts in seen.facts.items()}


def _seen(params: Params, everybody: Sequence[User], known: Memory) -> Seen:
    seen = Seen({"users": {storable(each.name): [each.uid, each.can_log_in] for each in everybody}}, [])
    seen.add("members", lambda: _members(params), known)
    if params.sudoers:
        before = len(seen.absent)
        seen.add("rules", lambda: _rules(params.root), known)
        if len(seen.absent) > before:  # then at least that they are others is seen
            stamps = accounts.sudo_stamps(params.root)
            seen.facts["rule files"] = {storable(path): stamp for path, stamp in stamps.items()}
    if params.keys:
        _add_keys(seen, everybody, params.root, known)
    return seen


def _add_keys(seen: Seen, everybody: Sequence[User], root: str, known: Memory) -> None:
    """Whose keys could never be read has no new ones when they can be."""
    found, missing = accounts.all_keys(everybody, root)
    unread = {storable(each.name) for each in everybody if each.name not in found}
    before = as_mapping(known.get("keys"))
    seen.facts["keys"] = {key: comment for key, comment in before.items() if key.partition(" ")[0] in unread} | {
        f"{storable(name)} {key.fingerprint}": storable(key.comment) for name, keys in found.items() for key in keys
    }
    seen.facts["unread"] = {
        name: True for name in unread if "unread" not in known or name in as_mapping(known["unread"])
    }
    if missing:
        among = f"of {len(missing)} users, {missing[0].what} among them"
        seen.absent.append(Absent(f"the SSH keys {among}", missing[0].remedy))


def _members(params: Params) -> dict[str, Any]:
    groups = accounts.members(params.groups, params.root)
    return {
        f"{storable(name)} in {group}": True
        for group, names in groups.items()
        for name in names
        if not fits_any(name, params.ignore)
    }


def _rules(root: str) -> dict[str, Any]:
    return {storable(f"{path}: {rule}"): True for path, rules in accounts.sudo_rules(root).items() for rule in rules}


def _kept(kind: str, now: Mapping[str, Any], known: Memory) -> dict[str, Any]:
    """How it should be: at the first look as it is; later what was known, without what has gone."""
    before = known.get(kind)
    if not isinstance(before, Mapping):
        return dict(now)
    return {name: before.get(name, facts) for name, facts in now.items() if _is_known(kind, name, facts, known)}


def _is_known(kind: str, name: str, facts: Any, known: Memory) -> bool:
    if name in as_mapping(known[kind]):
        return True
    return (kind == "users" and not facts[1]) or (
        kind == "keys" and name.partition(" ")[0] in as_mapping(known.get("unread"))
    )


def _wrong(everybody: Sequence[User], params: Params, absent: list[Absent]) -> Iterator[Fault]:
    """Whatever was known."""
    for user in everybody:
        if user.uid == 0 and user.name != "root":
            yield Fault(f"user {user.name}", Severity.CRITICAL, f"the user {user.name} is root: it has the number 0")
        if user.has_empty_password:
            yield _empty(user.name)
    try:
        yield from (
            _empty(name) for name in accounts.without_password(params.root) if not fits_any(name, params.ignore)
        )
    except NotHere as missing:
        absent.append(Absent(missing.what, missing.remedy))


def _empty(name: str) -> Fault:
    return Fault(
        f"password of {name}", Severity.CRITICAL, f"the account {name} has an empty password: anybody may use it"
    )


def _new(now: Mapping[str, Mapping[str, Any]], known: Memory) -> Iterator[Fault]:
    for name, (uid, can_log_in) in now["users"].items():
        yield from _user(name, uid, can_log_in, known.get("users"))
    for member in _unknown("members", now, known):
        name, _, group = member.partition(" in ")
        yield Fault(f"{name} in {group}", Severity.WARNING, f"{name} is a new member of the group {group}")
    for rule in _unknown("rules", now, known):
        path, _, text = rule.partition(": ")
        yield Fault(
            f"sudo rule {text}"[:200], Severity.WARNING, f"a new rule of sudo in {path}: {text:.200}", {"rule": text}
        )
    for path, stamp in now.get("rule files", {}).items():
        yield from _rule_file(path, stamp, known.get("rule files"))
    for key in _unknown("keys", now, known):
        name, _, fingerprint = key.partition(" ")
        comment = now["keys"][key]
        summary = f"a new SSH key lets somebody in as {name}: {fingerprint} {comment}".rstrip()
        yield Fault(f"key {fingerprint} of {name}", Severity.WARNING, summary, {"comment": comment})


def _user(name: str, uid: int, can_log_in: bool, known: object) -> Iterator[Fault]:
    if not isinstance(known, Mapping) or uid == 0:
        return
    facts = {"uid": uid, "can_log_in": can_log_in}
    if name not in known:
        severity = Severity.WARNING if can_log_in else Severity.INFO
        which = "can log in" if can_log_in else "cannot log in, as those of packages"
        yield Fault(f"user {name}", severity, f"there is a new user {name} ({uid}), who {which}", facts)
    elif known[name][0] != uid:
        yield Fault(
            f"user {name}", Severity.WARNING, f"the user {name} has the number {uid}, no longer {known[name][0]}", facts
        )
    elif can_log_in and not known[name][1]:
        yield Fault(f"user {name}", Severity.WARNING, f"the user {name} can log in, which was not so", facts)


def _rule_file(path: str, stamp: str, known: object) -> Iterator[Fault]:
    if isinstance(known, Mapping) and known.get(path) != stamp:
        what = "has changed" if path in known else "is new"
        yield Fault(
            f"sudo rules in {path}", Severity.WARNING, f"{path} {what}: only root may read what sudo allows now"
        )


def _unknown(kind: str, now: Mapping[str, Mapping[str, Any]], known: Memory) -> list[str]:
    """Nothing is new before the first look, nor where it could not be read until now."""
    if kind not in known:
        return []
    return [name for name, facts in now.get(kind, {}).items() if not _is_known(kind, name, facts, known)]


def _observation(fault: Fault, params: Params) -> Observation:
    return Observation(
        fault.name,
        fault.summary,
        threshold=lasting(params.for_s),
        severity=fault.severity,
        evidence=fault.evidence,
    )
