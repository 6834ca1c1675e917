from __future__ import annotations

from pathlib import Path

import pytest

from probed.agent.child import running
from probed.host import command


async def test_it_has_exactly_the_environment_it_was_given_and_the_marks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hidden")
    monkeypatch.setattr(command, "_owner", {})
    command.set_owner("a state directory")
    said = b""

    async with running(["/usr/bin/env"], env={"LANG": "C"}, cwd=tmp_path, stdin=b"", marker="run-1") as child:
        while chunk := await child.read():
            said += chunk

    assert sorted(line.partition("=")[0] for line in said.decode().splitlines()) == [
        "CORTEX_OWNER",
        "CORTEX_RUN",
        "LANG",
    ]
