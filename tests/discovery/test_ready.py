from __future__ import annotations

from pathlib import Path

import pytest

from probed.discovery import ready
from tests.actions.living import PROGRAM, job, until

LISTENS = "import socket; held = socket.create_server(('127.0.0.1', 0)); time.sleep(600)"


def test_a_document_that_stands_ready_is_named_where_its_server_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ready, "PROGRAMS", {PROGRAM: "redis", "never-there": "postgresql"})
    with job(tmp_path, LISTENS):
        until(lambda: list(ready.hints(tmp_path)))
        [hint] = list(ready.hints(tmp_path))
        assert hint.startswith("a document stands ready for redis")
        assert (ready.PLACES[1] / "redis.md").is_file()

        (tmp_path / "redis.md").touch()
        assert list(ready.hints(tmp_path)) == []
