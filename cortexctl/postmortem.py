"""An incident as a document. Much of it comes from the watched host: none of it may steer a terminal."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cortexctl.failure import Failure
from cortexctl.new_file import new_file
from cortexctl.text import one_line

if TYPE_CHECKING:
    from cortexctl.daemon import Daemon
    from probed.wire.incident import PostmortemShape


def document_lines(found: PostmortemShape) -> Iterator[str]:
    for line in found.markdown.rstrip("\n").split("\n"):
        yield one_line(line) if line else ""


def write_postmortem(daemon: Daemon, incident_id: str) -> str:
    """Into the current folder, as a new file; says which. Raises a Failure."""
    lines = document_lines(daemon.export_incident(incident_id))
    path = free_path(f"incident-{incident_id}", ".md")
    with new_file(path, f"cortexctl incidents export {incident_id} > FILE") as file:
        file.write("".join(f"{line}\n" for line in lines).encode())
    return path


def free_path(stem: str, ending: str) -> str:
    """Where nothing stands yet: `STEM.md`, else `STEM-2.md` …"""
    try:
        folder = os.getcwd()
    except OSError as error:
        raise Failure(f"the current folder cannot be written to: {error.strerror}") from None
    path, number = os.path.join(folder, f"{stem}{ending}"), 1
    while os.path.lexists(path):
        number += 1
        path = os.path.join(folder, f"{stem}-{number}{ending}")
    return path
