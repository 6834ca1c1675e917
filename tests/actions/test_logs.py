"""`rotate_log` and `compress_log`."""

from __future__ import annotations

import gzip
import os
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from probed.actions.compress_log import CompressLog
from probed.actions.log_file import AllowedLogs, LogAction
from probed.actions.registry import build_actions
from probed.actions.rotate_log import RotateLog
from probed.config.actions import ActionsSettings, LogsSettings
from probed.errors import ActionFailed, ActionRefused, ParameterError
from tests.factories import make_finding
from tests.real.filesystems import tmpfs

LINE = b"GET /index.html 200\n"
BIG = LINE * 20_000


def actions(folder: Path, **more: int) -> tuple[RotateLog, CompressLog]:
    settings = LogsSettings(rotate=(f"{folder}/*.log",), compress=(f"{folder}/*.[0-9]",), **{"min_size": 1000, **more})
    built = build_actions(ActionsSettings(logs=settings))
    rotate, compress = built.get("rotate_log"), built.get("compress_log")
    assert isinstance(rotate, RotateLog)
    assert isinstance(compress, CompressLog)
    return rotate, compress


def make_log(path: Path, content: bytes = BIG) -> Mapping[str, object]:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return {"path": str(path)}


@contextmanager
def writer(path: Path, mode: str) -> Iterator[subprocess.Popen[bytes]]:
    """Writes a line for each that it gets."""
    code = (
        f"import sys; f = open(sys.argv[1], {mode!r}, buffering=0); print('open', flush=True)\n"
        f"for line in sys.stdin.buffer: f.write(line); print('done', flush=True)"
    )
    child = subprocess.Popen([sys.executable, "-c", code, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with child:
        assert child.stdout
        assert child.stdin
        assert child.stdout.readline() == b"open\n"
        yield child
        child.stdin.close()


def say(child: subprocess.Popen[bytes], line: bytes) -> None:
    assert child.stdout
    assert child.stdin
    child.stdin.write(line)
    child.stdin.flush()
    assert child.stdout.readline() == b"done\n"


# --- it helps ---------------------------------------------------------------------------------------------------------


def test_a_log_is_emptied_and_what_it_held_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "app.log"
    call = make_log(log)
    log.chmod(0o640)
    os.chown(log, 1234, 4321)
    rotate, _ = actions(log.parent)

    ready, text = rotate.precondition(call), rotate.dry_run(call)
    done = rotate.execute(call)
    seen = rotate.verify(call, done)

    kept = Path(str(done.after["file"]))
    assert ready.holds
    assert text.startswith(f"would compress the 391 KiB of {log} into {log}-")
    assert log.stat().st_size == 0
    assert gzip.decompress(kept.read_bytes()) == BIG
    assert (kept.stat().st_uid, kept.stat().st_gid, stat.S_IMODE(kept.stat().st_mode)) == (1234, 4321, 0o640)
    assert seen.holds, seen.detail


def test_who_writes_it_goes_on_without_noticing(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "app.log"
    call = make_log(log)
    rotate, _ = actions(log.parent)
    with writer(log, "ab") as child:
        done = rotate.execute(call)
        say(child, LINE)

        assert log.read_bytes() == LINE
        assert rotate.verify(call, done).holds


def test_a_log_of_yesterday_is_replaced_by_a_compressed_file(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "app.log.1"
    call = make_log(log)
    os.utime(log, (1000, 1000))
    _, compress = actions(log.parent)

    ready, text = compress.precondition(call), compress.dry_run(call)
    done = compress.execute(call)
    seen = compress.verify(call, done)

    assert ready.holds
    assert text == f"would replace {log} (391 KiB) by {log}.gz"
    assert os.listdir(log.parent) == ["app.log.1.gz"]
    assert gzip.decompress((log.parent / "app.log.1.gz").read_bytes()) == BIG
    assert (log.parent / "app.log.1.gz").stat().st_mtime == 1000
    assert seen.holds, seen.detail


# --- it ends well, and the fault stays --------------------------------------------------------------------------------


def test_a_log_that_grows_as_fast_again_is_not_verified(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "app.log"
    call = make_log(log)
    rotate, _ = actions(log.parent)
    done = rotate.execute(call)
    make_log(log)

    assert not rotate.verify(call, done).holds


def test_what_cannot_be_compressed_is_not_verified(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "app.log.1"
    call = make_log(log, os.urandom(500_000))
    _, compress = actions(log.parent)

    assert not compress.verify(call, compress.execute(call)).holds


def test_a_kept_file_that_is_gone_is_not_verified(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "app.log"
    call = make_log(log)
    rotate, _ = actions(log.parent)
    done = rotate.execute(call)
    Path(str(done.after["file"])).unlink()

    seen = rotate.verify(call, done)

    assert not seen.holds
    assert seen.detail.startswith("what it held is not in")


def test_an_interrupted_one_is_verified_by_what_is_there(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "app.log"
    call = make_log(log)
    rotate, _ = actions(log.parent)

    assert not rotate.verify(call, None).holds
    rotate.execute(call)
    assert rotate.verify(call, None).holds


def test_without_room_for_the_copy_nothing_is_lost(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "logs", "1m") as folder:
        folder.chmod(0o755)
        call = make_log(folder / "app.log", os.urandom(900_000))
        rotate, _ = actions(folder)

        with pytest.raises(ActionFailed, match="No space left"):
            rotate.execute(call)

        assert os.listdir(folder) == ["app.log"]
        assert (folder / "app.log").stat().st_size == 900_000


def test_both_are_irreversible(tmp_path: Path) -> None:
    for action in actions(tmp_path):
        assert not action.reversible
        with pytest.raises(ActionFailed, match="irreversible"):
            action.roll_back({}, {})


# --- what they leave alone --------------------------------------------------------------------------------------------


def test_a_writer_that_does_not_append_would_leave_a_hole(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "app.log"
    call = make_log(log)
    rotate, _ = actions(log.parent)
    with writer(log, "r+b") as child, pytest.raises(ActionRefused, match=f"process {child.pid} writes"):
        rotate.execute(call)

    assert log.read_bytes() == BIG


def test_a_log_that_is_open_is_not_replaced(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "app.log.1"
    call = make_log(log)
    _, compress = actions(log.parent)
    with writer(log, "ab"), pytest.raises(ActionRefused, match="is open"):
        compress.execute(call)

    assert os.listdir(log.parent) == ["app.log.1"]


def test_a_small_log_is_not_worth_it(tmp_path: Path) -> None:
    call = make_log(tmp_path / "logs" / "app.log", b"x")
    rotate, _ = actions(tmp_path / "logs")

    assert rotate.precondition(call).reason.endswith("has 1 B only")


def links(tmp_path: Path, log: Path, manner: str) -> Path:
    """The log's name leads to a file that is none of its folder's."""
    victim = tmp_path / "outside" / log.name
    make_log(victim)
    log.parent.parent.mkdir(parents=True, exist_ok=True)
    if manner == "folder":
        log.parent.symlink_to(victim.parent)
        return victim
    log.parent.mkdir(exist_ok=True)
    log.symlink_to(victim) if manner == "link" else os.link(victim, log)
    return victim


@pytest.mark.parametrize("manner", ["link", "hard link", "folder"])
@pytest.mark.parametrize("name", ["app.log", "app.log.1"])
def test_nothing_is_reached_through_a_link(tmp_path: Path, manner: str, name: str) -> None:
    log = tmp_path / "logs" / name
    both = actions(log.parent)
    victim = links(tmp_path, log, manner)
    action: LogAction = both[name == "app.log.1"]

    if manner == "folder":
        with pytest.raises(ParameterError, match="is not in"):
            action.validate({"path": str(log)})
    else:
        assert not action.precondition({"path": str(log)}).holds
        with pytest.raises(ActionRefused):
            action.execute({"path": str(log)})
    assert victim.read_bytes() == BIG
    assert os.listdir(victim.parent) == [name]


@pytest.mark.parametrize("path", ["logs/../secret.log", "logs-not/app.log", "logs/sub/app.log", "logs/.log", "logs"])
def test_a_path_leaves_the_allowed_ones_in_no_spelling(tmp_path: Path, path: str) -> None:
    make_log(tmp_path / "secret.log")
    make_log(tmp_path / "logs" / "sub" / "app.log")
    rotate, _ = actions(tmp_path / "logs")

    with pytest.raises(ParameterError, match=r"is not in actions\.logs\.rotate"):
        rotate.validate({"path": f"{tmp_path}/{path}"})


@pytest.mark.parametrize("pattern", ["/", "//", "/*", "*", "", "logs/*.log"])
def test_a_pattern_that_means_no_file_of_a_folder_allows_none(tmp_path: Path, pattern: str) -> None:
    allowed = AllowedLogs.of([pattern], "actions.logs.rotate")

    with pytest.raises(ParameterError, match="is not in"):
        allowed.parse(f"{tmp_path}/app.log")


@pytest.mark.parametrize("path", [None, 5, "app.log", "/a\n.log", "/" + "a" * 5000])
def test_what_is_no_path_is_refused(tmp_path: Path, path: object) -> None:
    with pytest.raises(ParameterError, match="absolute path"):
        actions(tmp_path)[0].validate({"path": path})


# --- findings ---------------------------------------------------------------------------------------------------------


def test_a_full_file_system_is_helped_by_its_largest_log(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "var", "8m") as folder:
        make_log(folder / "small.log", LINE * 100)
        call = make_log(folder / "large.log")
        rotate, compress = actions(folder)

        found = rotate.call_for(make_finding(check="disk", object=str(folder)), {})

        assert found
        assert found.params == call
        assert compress.call_for(make_finding(check="disk", object=str(folder)), {}) is None
        assert rotate.call_for(make_finding(check="disk", object="/proc"), {}) is None


def test_a_finding_about_a_log_names_it(tmp_path: Path) -> None:
    call = make_log(tmp_path / "logs" / "app.log")
    rotate, _ = actions(tmp_path / "logs")
    of_log = make_finding(check="file", object=str(tmp_path / "logs" / "*"), evidence=call)
    of_other = make_finding(check="file", object="/etc/passwd", evidence={"path": "/etc/passwd"})

    found = rotate.call_for(of_log, {})

    assert found
    assert found.params == call
    assert rotate.call_for(of_other, {}) is None


def test_a_log_that_grows_faster_than_it_is_read_is_rotated(tmp_path: Path) -> None:
    call = make_log(tmp_path / "logs" / "app.log")
    rotate, compress = actions(tmp_path / "logs")
    too_fast = make_finding(check="log_patterns", object=call["path"])
    of_lines = make_finding(check="log_patterns", object="crashes")

    found = rotate.call_for(too_fast, {})

    assert found
    assert found.params == call
    assert rotate.call_for(of_lines, {}) is None
    assert compress.call_for(too_fast, {}) is None
