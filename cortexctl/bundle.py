"""A debug bundle: its parts are got, masked by `probed`, cut to size, and packed with a manifest."""

from __future__ import annotations

import io
import json
import tarfile
from typing import IO, TYPE_CHECKING, NamedTuple

from cortexctl.child import output_of, probed
from cortexctl.failure import Failure
from cortexctl.text import aligned, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from cortexctl.bundle_parts import Part

MASK_S = 120.0
PART_BYTES = 256 * 1024
"""Of each part; all of them together are a few MiB, and packed a tenth of that."""
MANIFEST = "MANIFEST"


class Got(NamedTuple):
    name: str
    content: object
    """None: it could not be got, and `why` says why."""
    why: str = ""
    newest_last: bool = False


class Member(NamedTuple):
    name: str
    data: bytes
    state: str
    """For the manifest."""


def members(parts: Iterable[Part], config: list[str]) -> list[Member]:
    """Raises Failure where they cannot be masked: then none of it may leave."""
    return [member_of(got) for got in masked([got_of(part) for part in parts], config)]


def got_of(part: Part) -> Got:
    try:
        return Got(part.name, part.get(), newest_last=part.newest_last)
    except Failure as failure:
        return Got(part.name, None, failure.message)


def masked(got: Sequence[Got], config: list[str]) -> list[Got]:
    given = json.dumps([[each.content, each.why] for each in got])
    try:
        pairs = json.loads(output_of(probed("mask", *config), within_s=MASK_S, given=given))
        return [each._replace(content=content, why=why) for each, (content, why) in zip(got, pairs, strict=True)]
    except ValueError:
        raise Failure("the parts could not be masked: what probed printed is no JSON") from None


def member_of(got: Got) -> Member:
    if got.content is None:
        return Member(got.name, b"", f"missing: {one_line(got.why)}")
    text = got.content if isinstance(got.content, str) else json.dumps(got.content, indent=2) + "\n"
    whole = text.encode(errors="replace")
    if len(whole) <= PART_BYTES:
        return Member(got.name, whole, "whole")
    kept = whole[-PART_BYTES:] if got.newest_last else whole[:PART_BYTES]
    return Member(got.name, kept, f"the {'last' if got.newest_last else 'first'} of {len(whole)} bytes")


def manifest(title: str, found: Sequence[Member]) -> Member:
    rows = aligned([each.name, str(len(each.data)), each.state] for each in found)
    words = "Each part, its bytes, and whether it is whole. What is secret is masked: ***secret***."
    return Member(MANIFEST, "\n".join([title, "", words, "", *rows, ""]).encode(), "")


def pack(file: IO[bytes], folder: str, found: Sequence[Member], at: datetime) -> None:
    """The manifest first; of what is missing there is no file."""
    title = f"{folder}, made {at:%Y-%m-%d %H:%M:%S} UTC"
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for member in [manifest(title, found), *(each for each in found if each.data)]:
            entry = tarfile.TarInfo(f"{folder}/{member.name}")
            entry.size, entry.mode, entry.mtime = len(member.data), 0o600, int(at.timestamp())
            archive.addfile(entry, io.BytesIO(member.data))
