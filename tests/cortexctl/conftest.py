from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cortexctl.stub_daemon import StubDaemon


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[StubDaemon]:
    with StubDaemon(tmp_path / "probed.sock") as stub:
        yield stub
