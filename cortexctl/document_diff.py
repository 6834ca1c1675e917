"""How an inspection's document changed."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from cortexctl.exits import Exit
from cortexctl.failure import Failure
from cortexctl.text import several_lines

if TYPE_CHECKING:
    from pathlib import Path

    from cortexctl.daemon import Daemon
    from probed.wire.inspection import VersionShape

MAX_BYTES = 256 * 1024
"""Of a document, as the daemon takes it."""


def difference(daemon: Daemon, id_: str, old: str | None, new: str | None, file: Path | None) -> list[str]:
    """A unified diff; empty where nothing differs."""
    versions = daemon.versions(id_).items
    if file:
        if new:
            raise Failure("give either another version or --file", exit_=Exit.USAGE)
        before = _version(daemon, versions, old) if old else versions[0]
        return _diff(before.text, _name(before), _read(file), str(file))
    after = _version(daemon, versions, new) if new else versions[0]
    if not old and len(versions) < 2:
        raise Failure(f"only one version of {id_} is kept; --file FILE compares it with a file")
    before = _version(daemon, versions, old) if old else versions[1]
    return _diff(before.text, _name(before), after.text, _name(after))


def _version(daemon: Daemon, versions: list[VersionShape], wanted: str) -> VersionShape:
    """By the beginning of its hash, else by that of a run."""
    found = [version for version in versions if version.hash.startswith(wanted)]
    if not found:
        hash_ = daemon.run(wanted).document_hash
        found = [version for version in versions if version.hash == hash_]
    if not found:
        raise Failure(f"the version by which run {wanted} worked is not kept any more")
    if len(found) > 1:
        raise Failure(f"{wanted} is the beginning of more than one version: give more of it")
    return found[0]


def _name(version: VersionShape) -> str:
    since = f"{version.hash[:12]}, in force since {version.first_at}"
    return f"{since} until {version.superseded_at}" if version.superseded_at else since


def _read(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise Failure(f"{file} is larger than the {MAX_BYTES // 1024} KiB of a document", exit_=Exit.USAGE)
        return content.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"{file} cannot be read: {error}", exit_=Exit.USAGE) from error


def _diff(old: str, old_name: str, new: str, new_name: str) -> list[str]:
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), old_name, new_name, lineterm="")
    return [shown for line in lines for shown in several_lines(line) or [""]]
