"""The machine of the tests that are about what the installed service does."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.real.installed import installed_machine
from tests.real.machine import Machine


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """With the installed service, for this module alone."""
    own = tmp_path_factory.getbasetemp()
    of_all_workers = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    with installed_machine(of_all_workers) as booted:
        yield booted
