"""Each check's documentation has an example that a document can hold as it stands."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from manual.checks import example
from probed.checks.registry import BUILT_IN
from probed.config.documents import load_documents
from probed.core.inspection import Inspection
from probed.core.observation import Absent, Observation
from probed.errors import CheckFailed
from tests.checks.looking import REGISTRY

OF_SERVERS = ("postgresql_", "redis_")
"""Checks that say nothing of a server that does not answer: that is another's."""


def shown(folder: Path, check: str) -> Inspection:
    item = example(import_module(BUILT_IN[check]))
    (folder / "shown.md").write_text(f"---\nid: shown\nschedule: on request\nchecks:\n  - {item}\n---\nAs shown.\n")
    usable, broken = load_documents(folder, REGISTRY)
    assert not broken, broken
    return usable[0]


@pytest.mark.parametrize("check", sorted(BUILT_IN))
def test_the_example_looks_at_this_host(tmp_path: Path, check: str) -> None:
    """What it names need not be here; then that is what it says, or why it cannot tell."""
    [call] = shown(tmp_path, check).checks
    assert call.check == check
    assert call.params

    try:
        answer = REGISTRY.bind(call).look()
    except CheckFailed as failure:
        if not check.startswith(OF_SERVERS):
            raise
        assert "onnect" in str(failure)  # noqa: PT017 - only where the server may be missing
        return
    assert all(isinstance(item, Observation | Absent) for item in answer)
