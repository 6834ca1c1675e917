from __future__ import annotations

import os
from pathlib import Path

from probed.agent.probes.open_deleted_files import PROBE
from tests.agent.probes.asking import ask, rows_of


async def test_a_deleted_file_that_is_still_open_is_listed_with_its_room(tmp_path: Path) -> None:
    path = tmp_path / "big.log"
    with path.open("wb") as file:
        file.write(b"x" * 5 * 2**20)
        file.flush()
        path.unlink()

        rows = rows_of(await ask(PROBE, limit=100))

    (found,) = [row for row in rows if row["path"] == str(path)]
    assert found["pid"] == os.getpid()
    assert found["mib"] >= 5


async def test_a_file_that_is_there_is_not_listed(tmp_path: Path) -> None:
    with (tmp_path / "there").open("wb") as file:
        file.write(b"x" * 100_000)
        file.flush()

        rows = rows_of(await ask(PROBE, limit=100))

    assert not [row for row in rows if row["path"].startswith(str(tmp_path))]
