"""What every test may ask for."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from pathlib import Path

import pytest

E2E = Path(__file__).parent / "e2e"
MACHINE_S = 1200
"""The deadline of a test on a booted machine, with what is installed there; else it is `timeout` in pyproject.toml."""

# a shell that starts the tests in the background has it ignored, and every program of a test would inherit that
signal.signal(signal.SIGINT, signal.default_int_handler)

# readline of the process that starts the others sets them, and no terminal of a test is of that size
for name in ("LINES", "COLUMNS"):
    os.environ.pop(name, None)

if examples := os.environ.get("CORTEX_EXAMPLES"):  # of each property, where it does not bound them itself
    from hypothesis import settings

    settings.register_profile("campaign", max_examples=int(examples))
    settings.load_profile("campaign")


def require(component: str, *, present: bool) -> None:
    """Skip where a real component is missing; on the build machine that is a failure."""
    if present:
        return
    if os.environ.get("CI"):
        pytest.fail(f"{component} is missing; tests/run installs it")
    pytest.skip(f"{component} is missing; tests/run installs it")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What boots a machine comes first, so that nothing long is left for the end of a run in parallel.

    Coverage is not measured where random input runs the same lines thousands of times: it takes longer than they do.
    """
    items.sort(key=lambda item: item.get_closest_marker("systemd") is None)
    for item in items:
        if E2E in item.path.parents and not item.get_closest_marker("systemd"):
            item.add_marker(pytest.mark.alone)  # whole daemons against each other's deadlines
        if item.get_closest_marker("systemd"):
            item.add_marker(pytest.mark.timeout(MACHINE_S))
        if item.get_closest_marker("hypothesis"):
            item.add_marker(pytest.mark.no_cover)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a test wrote may hold bytes that are no text; between the processes of a run only text is sent."""
    report = yield
    report.sections = [(name, _sendable(text)) for name, text in report.sections]
    if report.failed and _sendable(report.longreprtext) != report.longreprtext:
        report.longrepr = _sendable(report.longreprtext)
    return report


def _sendable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
