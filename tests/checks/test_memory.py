from __future__ import annotations

from typing import cast

import pytest

from probed.core.finding import Severity
from probed.host import proc
from tests.checks.looking import judged, observe

GIB = 2**30


def test_the_memory_of_this_host_is_told_by_what_is_available() -> None:
    observation = observe("memory")

    assert observation.value == pytest.approx(proc.memory().used_percent, abs=5)
    assert observation.evidence["total_bytes"] == proc.memory().total_bytes


@pytest.mark.parametrize(
    ("available", "severity"), [(4 * GIB, None), (GIB // 2, Severity.WARNING), (GIB // 4, Severity.CRITICAL)]
)
def test_only_what_nobody_can_get_counts_as_used(
    monkeypatch: pytest.MonkeyPatch, available: int, severity: Severity | None
) -> None:
    monkeypatch.setattr(proc, "memory", lambda: proc.Memory(8 * GIB, available, 0))

    assert judged(observe("memory", {"critical": "96%"})) is severity


def test_scarce_memory_names_the_largest_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proc, "memory", lambda: proc.Memory(8 * GIB, 0, 0))

    largest = cast(list[dict[str, int]], observe("memory").evidence["largest_processes"])

    sizes = [each["rss_bytes"] for each in largest]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) == 5
