"""A file as it should be: there or not, fresh, of a plausible size, of the right owner and mode.

Parameters: `path` (a shell pattern means the newest file that fits), `exists` (true), `max_age`, `min_size`,
`max_size`, `owner`, `group`, `mode` (text, as in "0640"), `kind` (file, folder, socket, device or pipe), `sha256`
(64 hexadecimal digits, that of its content), `severity` (warning), `for` (0s).

The age is that of the last change. A finding names what does not hold: a backup that was not written, a log that
grows, a key that everybody reads, a file that should have gone. Whether many files are as they were is told by
`file_integrity`, how much is in a folder by `folder`. `rotate_log`, `compress_log` and `restore_mode` fit, if
the document and the configuration allow them.

Example:
  - file: {path: /etc/hostname, owner: root, mode: "0644"}
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from probed.checks.parameters import DurationBound, For, SizeBound, absolute, lasting
from probed.core.finding import Severity
from probed.core.host_event import Concern, EventSource
from probed.core.inspection import age_text, duration_text
from probed.core.observation import CheckAnswer, Observation
from probed.core.pattern import is_pattern
from probed.core.size import size_text
from probed.host import files
from probed.host.file_digests import sha256_of
from probed.host.files import FileFacts

SHA256 = re.compile(r"[0-9A-Fa-f]{64}")


def _mode(value: object) -> int:
    if not isinstance(value, str):
        raise ValueError('put the mode in quotes, as in "0640"; without them YAML may read another number')
    return int(value, 8)


def _sha256(value: object) -> str:
    """Raises ValueError."""
    if not isinstance(value, str) or not SHA256.fullmatch(value):
        raise ValueError("is no SHA-256 in quotes; `sha256sum FILE` prints it, 64 hexadecimal digits")
    return value.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    path: Annotated[str, AfterValidator(absolute)]
    exists: bool = True
    max_age_s: Annotated[DurationBound, Field(alias="max_age")] = None
    min_size: SizeBound = None
    max_size: SizeBound = None
    owner: str | None = None
    group: str | None = None
    mode: Annotated[int | None, BeforeValidator(_mode)] = None
    kind: Literal["file", "folder", "socket", "device", "pipe"] | None = None
    sha256: Annotated[str, BeforeValidator(_sha256)] | None = None
    severity: Severity = Severity.WARNING
    for_s: For = 0.0


def concerns(params: Params) -> Sequence[Concern]:
    return (Concern(EventSource.FILES, (params.path,)),)


def look(params: Params) -> CheckAnswer:
    found = _found(params.path)
    faults = list(_faults(found, params))
    evidence = _evidence(found) if found else {"exists": False}
    return (
        Observation(
            params.path,
            f"{params.path} {' and '.join(faults) or ('is as it should be' if found else 'does not exist')}",
            threshold=lasting(params.for_s),
            severity=params.severity if faults else None,
            evidence=evidence,
        ),
    )


def _found(path: str) -> FileFacts | None:
    """Of several files that fit a pattern the newest. Raises NotHere where it may not be seen."""
    if not is_pattern(path):
        return files.facts(path)
    fitting = [each for each in map(files.facts, files.fitting(path)) if each]
    return max(fitting, key=lambda each: each.modified_at, default=None)


def _faults(found: FileFacts | None, params: Params) -> Iterator[str]:
    if found is None or not params.exists:
        if params.exists:
            yield "does not exist"
        elif found:
            yield "exists, which it should not"
        return
    age_s = time.time() - found.modified_at
    if params.max_age_s is not None and age_s > params.max_age_s:
        yield f"was last changed {age_text(age_s)} ago, more than {duration_text(params.max_age_s)}"
    if params.min_size is not None and found.size_bytes < params.min_size:
        yield f"has {size_text(found.size_bytes)}, less than {size_text(params.min_size)}"
    if params.max_size is not None and found.size_bytes > params.max_size:
        yield f"has {size_text(found.size_bytes)}, more than {size_text(params.max_size)}"
    if params.owner is not None and found.owner != params.owner:
        yield f"belongs to {found.owner}, not {params.owner}"
    if params.group is not None and found.group != params.group:
        yield f"belongs to the group {found.group}, not {params.group}"
    if params.kind is not None and found.kind != params.kind:
        yield f"is a {found.kind}, not a {params.kind}"
    if params.sha256 is not None and (found.kind != "file" or sha256_of(found.path) != params.sha256):
        yield "has another content than it should"
    if params.mode is not None and found.mode != params.mode:
        yield f"has the mode {found.mode:04o}, not {params.mode:04o}"


def _evidence(found: FileFacts) -> dict[str, object]:
    return {
        "exists": True,
        "path": found.path,
        "kind": found.kind,
        "size_bytes": found.size_bytes,
        "age_s": round(time.time() - found.modified_at),
        "owner": found.owner,
        "group": found.group,
        "mode": f"{found.mode:04o}",
    }
