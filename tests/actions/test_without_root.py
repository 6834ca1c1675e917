"""Actions of a daemon that is nobody, through the real root helper and as far as its policy goes."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from probed.actions.registry import build_actions
from probed.actions.through_helper import ThroughHelper
from probed.config.actions import (
    ActionsSettings,
    CleanFilesSettings,
    LogsSettings,
    ProcessesSettings,
    RestoreModeSettings,
    RightfulSettings,
    ScriptSettings,
)
from probed.core.action import Executed, Verification
from probed.errors import ActionRefused
from probed.helper.process import same
from tests.actions.living import PROGRAM, job, named
from tests.actions.trees import make_file, open_to_all
from tests.helper.process import helper
from tests.real.filesystems import tmpfs
from tests.real.users import as_nobody

POLICY = """
peers = ["nobody"]
[never]
units = []
containers = []
paths = []
[operations.clean_files]
roots = ["{folder}/cache"]
least_age_s = 60
[operations.rotate_log]
paths = ["{folder}/logs/*.log"]
[operations.restore_mode]
paths = ["{folder}/keys/*"]
owners = ["root"]
groups = ["root"]
modes = ["0640"]
[operations.signal_process]
users = ["root"]
signals = ["TERM", "KILL"]
[operations.renice_process]
users = ["*"]
least_nice = 5
[operations.run_program.programs.greet]
argv = ["/bin/echo", "the policy's words"]
timeout_s = 5
[operations.run_program.programs.whoami]
argv = ["/usr/bin/id", "-un"]
timeout_s = 5
"""


@dataclass
class Place:
    folder: Path
    performer: ThroughHelper

    def do(self, action: str, **params: object) -> tuple[Executed, Verification]:
        """As nobody, who may look and may not touch."""
        settings = ActionsSettings(
            clean_files=CleanFilesSettings(roots=(f"{self.folder}/cache",), older_than=3600.0),
            logs=LogsSettings(rotate=(f"{self.folder}/*/*.log",), min_size=1),
            processes=ProcessesSettings(programs=(PROGRAM,), grace=2.0),
            restore_mode=RestoreModeSettings(
                baseline={f"{self.folder}/keys/key": RightfulSettings(owner="root", group="root", mode="0640")}
            ),
            scripts={
                "greet": ScriptSettings(argv=("/bin/echo", "the daemon's words")),
                "whoami": ScriptSettings(argv=("/usr/bin/id", "-un")),
            },
        )
        act = build_actions(settings, self.performer).get(action)
        with as_nobody():
            call = act.validate(params)
            ready = act.precondition(call)
            assert ready.holds, ready.reason
            done = act.execute(call)
            return done, act.verify(call, done)


@pytest.fixture
def place() -> Iterator[Place]:
    with open_to_all() as folder, helper(POLICY.format(folder=folder)) as root:
        root.path.parent.chmod(0o755)
        root.path.chmod(0o666)
        yield Place(folder, ThroughHelper(root.path))


def test_files_that_only_root_may_remove_go(place: Place) -> None:
    with tmpfs(place.folder / "cache", "8m") as cache:
        old = make_file(cache / "old", size=1_000_000)

        done, seen = place.do("clean_files", root=str(cache))

        assert not old.exists()
        assert done.after["removed_files"] == 1
        assert seen.holds, seen.detail


def test_a_log_that_only_root_may_write_is_rotated(place: Place) -> None:
    log = make_file(place.folder / "logs" / "app.log", size=500_000)

    _, seen = place.do("rotate_log", path=str(log))

    assert log.stat().st_size == 0
    assert seen.holds, seen.detail


def test_what_the_configuration_allows_and_the_policy_does_not_stays(place: Place) -> None:
    log = make_file(place.folder / "other" / "app.log", size=500_000)

    with pytest.raises(ActionRefused, match="the policy does not allow"):
        place.do("rotate_log", path=str(log))
    assert log.stat().st_size == 500_000


def test_a_key_gets_its_mode_back(place: Place) -> None:
    key = make_file(place.folder / "keys" / "key")

    _, seen = place.do("restore_mode", path=str(key))

    assert stat.S_IMODE(key.stat().st_mode) == 0o640
    assert seen.holds


def test_a_process_of_root_is_ended(place: Place, tmp_path: Path) -> None:
    with job(tmp_path) as process:
        _, seen = place.do("terminate_process", **named(process))

        assert seen.holds, seen.detail
        assert not same(process.pid, process.start_time)


def test_a_priority_is_lowered_as_far_as_the_policy_says(place: Place, tmp_path: Path) -> None:
    with job(tmp_path) as process:
        with pytest.raises(ActionRefused, match="is no number from 5 to 19"):
            place.do("renice_process", **named(process, nice=4))

        _, seen = place.do("renice_process", **named(process, nice=7))

        assert seen.holds, seen.detail


def test_a_script_runs_as_root(place: Place) -> None:
    done, seen = place.do("run_script", name="whoami")

    assert done.after["said"] == "root"
    assert seen.holds


def test_a_name_under_which_the_policy_runs_another_program_is_refused(place: Place) -> None:
    with pytest.raises(ActionRefused, match=r"greet is /bin/echo 'the policy.*words' in the root helper's policy"):
        place.do("run_script", name="greet")
