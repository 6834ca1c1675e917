"""Where none can be had. One of a real systemd: tests/e2e/test_agent_unit.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from probed.agent.sandbox import scope
from probed.agent.sandbox.scope import Scope, find_scope
from probed.config.agent import ProgramLimits


def test_without_systemd_there_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(scope, "OF_SYSTEM", tmp_path / "no-systemd")
    monkeypatch.setattr(scope, "OF_MANAGER", ())

    found = find_scope(ProgramLimits())

    assert found == Scope()
    assert "four times a second" in found.holds


@pytest.mark.parametrize("command", [["env"], ["false"], ["/no/such/systemd-run"]])
def test_one_that_does_not_bound_or_cannot_be_made_is_none(command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """`env`: the group of the test itself, whose limit, if it has any, is not that."""
    monkeypatch.setattr(scope, "_candidate", lambda limits: Scope(command))

    assert find_scope(ProgramLimits(memory=1)) == Scope()
