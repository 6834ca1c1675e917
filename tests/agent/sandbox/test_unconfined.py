from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

from probed.agent.sandbox.program import Program
from probed.agent.sandbox.trial import said_by
from probed.agent.sandbox.unconfined import Unconfined
from probed.host.command import MARKER
from tests.agent.arrange import carriers


async def output_of(sandbox: Unconfined, script: str, **files: str) -> str:
    place = sandbox.place({"messages.sock": Path("/run/m.sock")})
    argv = ["/bin/sh", "-c", script, "sh", str(place.folder)]
    said = b""
    async with sandbox.running(Program(place, argv, {"PATH": "/usr/bin:/bin"}, files)) as child:
        while chunk := await child.read():
            said += chunk
    return said.decode()


async def test_a_run_has_a_private_folder_with_its_files_and_an_empty_home_which_is_gone_with_it(
    tmp_path: Path,
) -> None:
    said = await output_of(Unconfined(tmp_path), 'stat -c %a "$1"; ls -A "$1"; pwd; ls -A; cat "$1/note"', note="hello")

    mode, *listed, home, text = said.splitlines()
    assert (mode, listed, text) == ("700", ["home", "note"], "hello")
    assert Path(home).parent.parent == tmp_path / "agent"
    assert list((tmp_path / "agent").iterdir()) == []
    assert stat.S_IMODE((tmp_path / "agent").stat().st_mode) == 0o700


def test_its_doors_are_the_daemons_own_sockets(tmp_path: Path) -> None:
    place = Unconfined(tmp_path).place({"messages.sock": Path("/run/m.sock")})

    assert place.doors == {"messages.sock": Path("/run/m.sock")}


async def test_what_a_killed_daemon_left_behind_is_ended_and_removed(tmp_path: Path) -> None:
    sandbox, runs = Unconfined(tmp_path), tmp_path / "agent"
    ours = runs / sandbox.place({"messages.sock": Path("/run/m.sock")}).run
    left = runs / "0badcafe-0123456789abcdef"
    ours.mkdir(parents=True)
    (left / "home").mkdir(parents=True)
    with subprocess.Popen(  # noqa: ASYNC220  # it is waited for at the end
        ["setsid", "sleep", "60"], env={**os.environ, MARKER: left.name}, stdout=subprocess.DEVNULL
    ) as orphan:
        await sandbox.sweep()

        assert orphan.wait(5) < 0

    assert carriers(left.name) == []
    assert list(runs.iterdir()) == [ours]


async def test_a_first_start_has_nothing_to_sweep(tmp_path: Path) -> None:
    await Unconfined(tmp_path).sweep()

    assert not (tmp_path / "agent").exists()


async def test_a_trial_leaves_the_daemons_folder_alone(tmp_path: Path) -> None:
    said = await said_by(Unconfined(tmp_path), ["/bin/pwd"], 10)

    assert said.exit_code == 0
    assert str(tmp_path) not in said.stdout
    assert os.listdir(tmp_path) == []
