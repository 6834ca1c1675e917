from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from probed.actions.ionice_process import IoniceProcess
from probed.core.finding import ActionCall
from probed.errors import ActionFailed, ActionRefused, ParameterError
from probed.helper.process import Process, threads
from tests.actions.living import PROGRAM, job, make_action, named, until
from tests.factories import make_finding

THREADED = "import threading\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()\ntime.sleep(600)"
WRITES = """
while True:
    with open(os.path.dirname(sys.executable) + '/written', 'wb') as file:
        file.write(os.urandom(1 << 20))
        os.fsync(file.fileno())
"""


def io_class(process: Process) -> set[str]:
    asked = [subprocess.check_output(["ionice", "-p", str(thread)], text=True) for thread in threads(process.pid)]
    return {each.strip() for each in asked}


def test_a_process_waits_behind_the_others(tmp_path: Path) -> None:
    with job(tmp_path, THREADED) as process:
        until(lambda: len(threads(process.pid)) == 2)
        action = make_action(IoniceProcess)

        ready, text = action.precondition(named(process)), action.dry_run(named(process))
        seen = action.verify(named(process), action.execute(named(process)))

        assert ready.holds
        assert text.endswith("→ idle")
        assert seen.holds, seen.detail
        assert io_class(process) == {"idle"}
        assert not action.precondition(named(process)).holds


def test_one_whose_class_is_changed_back_is_not_verified(tmp_path: Path) -> None:
    with job(tmp_path) as process:
        action = make_action(IoniceProcess)
        done = action.execute(named(process))
        subprocess.run(["ionice", "-c2", "-n3", "-p", str(process.pid)], check=True)

        seen = action.verify(named(process), done)

        assert (seen.holds, seen.detail) == (False, f"{PROGRAM} (pid {process.pid}) is best-effort 3")


def test_it_is_rolled_back_to_what_the_snapshot_says(tmp_path: Path) -> None:
    with job(tmp_path) as process:
        subprocess.run(["ionice", "-c2", "-n3", "-p", str(process.pid)], check=True)
        action = make_action(IoniceProcess)
        snapshot = action.precondition(named(process)).snapshot
        action.execute(named(process))

        action.roll_back(named(process), snapshot)
        again = action.roll_back(named(process), snapshot)

        assert io_class(process) == {"best-effort: prio 3"}
        assert again.detail.endswith("is best-effort 3 already")


def test_who_had_no_class_of_its_own_gets_the_one_the_kernel_served_it_by(tmp_path: Path) -> None:
    with job(tmp_path) as process:
        action = make_action(IoniceProcess)
        snapshot = action.precondition(named(process)).snapshot
        action.execute(named(process))

        action.roll_back(named(process), snapshot)

        assert snapshot["io_class"] == "none"
        assert io_class(process) == {"best-effort: prio 4"}


def test_nobody_is_put_before_the_others(tmp_path: Path) -> None:
    with job(tmp_path) as process, pytest.raises(ActionFailed, match="is not given to anybody"):
        make_action(IoniceProcess).roll_back(named(process), {"io_class": "realtime", "io_level": 0, "nice": 0})


def test_the_number_of_an_ended_process_is_somebody_elses(tmp_path: Path) -> None:
    with job(tmp_path) as process:
        before = io_class(process)
        with pytest.raises(ActionRefused, match="has ended"):
            make_action(IoniceProcess).execute({**named(process), "start_time": process.start_time + 1})

        assert io_class(process) == before


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"io_class": "realtime"}, "io_class"),
        ({"io_class": ["idle"]}, "io_class"),
        ({"io_class": "best-effort", "io_level": 8}, "io_level"),
        ({"io_class": "idle", "io_level": 3}, "io_level"),
        ({"io_level": "1"}, "io_level"),
    ],
)
def test_parameters_stay_in_their_set(params: dict[str, object], name: str) -> None:
    with pytest.raises(ParameterError, match=name):
        make_action(IoniceProcess).validate({"pid": 5, "start_time": 5, **params})


def test_the_one_that_writes_most_helps_where_the_disks_are_short(tmp_path: Path) -> None:
    with job(tmp_path), job(tmp_path, WRITES) as writer:
        action = make_action(IoniceProcess)

        call = action.call_for(make_finding(check="pressure", object="io"), {"io_class": "best-effort"})

        assert call == ActionCall("ionice_process", named(writer, io_class="best-effort", io_level=7))
        assert action.call_for(make_finding(check="pressure", object="cpu"), {}) is None
