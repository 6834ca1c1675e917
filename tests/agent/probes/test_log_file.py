from __future__ import annotations

import bz2
import gzip
import lzma
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from probed.agent.probes import log_file
from probed.agent.probes.probe import Probe
from probed.agent.probes.reach import Reach
from probed.agent.probes.table import Table
from probed.config.agent import ProbeSettings
from probed.errors import HostFailed, NotHere, ParameterError
from probed.host import log_history
from tests.agent.arrange import ImmediateWorkers
from tests.agent.probes.asking import ask, rows_of
from tests.real.users import as_nobody

SECRET_KEY = "\n".join(
    ["-----BEGIN RSA PRIVATE KEY-----", *["MIIEowIBAAKCAQEA" * 4] * 30, "-----END RSA PRIVATE KEY-----"]
)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    (tmp_path / "log").mkdir()
    return tmp_path / "log"


@pytest.fixture
def probe(logs: Path) -> Probe[log_file.Params]:
    return log_file.probe(Reach(ProbeSettings(log_roots=(str(logs),))))


def write(path: Path, begin: int, end: int, *, age_s: float = 0, pack: Callable[[bytes], bytes] = bytes) -> None:
    path.write_bytes(pack("".join(f"line {number}\n" for number in range(begin, end)).encode()))
    at = time.time() - age_s
    os.utime(path, (at, at))


async def table_of(probe: Probe[Any], **arguments: object) -> Table:
    return await probe.answer(arguments, ImmediateWorkers(), 5)


def all_lines(table: Table) -> list[str]:
    """Page by page, as far as it goes."""
    lines = [str(row[1]) for row in table.rows]
    while table.more:
        table = table.more()
        lines += [str(row[1]) for row in table.rows]
    return lines


async def test_the_newest_lines_come_first(logs: Path, probe: Probe[Any]) -> None:
    write(logs / "app.log", 0, 10)

    rows = rows_of(await ask(probe, path=f"{logs}/app.log", lines=3))

    assert rows == [{"file": "app.log", "line": f"line {number}"} for number in (9, 8, 7)]


async def test_it_goes_on_through_what_the_log_was_rotated_to(logs: Path, probe: Probe[Any]) -> None:
    write(logs / "app.log", 400, 500)
    write(logs / "app.log.1", 300, 400, age_s=100)
    write(logs / "app.log.2.gz", 200, 300, age_s=200, pack=gzip.compress)
    write(logs / "app.log.3.xz", 100, 200, age_s=300, pack=lzma.compress)
    write(logs / "app.log.4.bz2", 0, 100, age_s=400, pack=bz2.compress)
    write(logs / "other.log.1", 0, 100)

    table = await table_of(probe, path=f"{logs}/app.log", lines=70)

    assert all_lines(table) == [f"line {number}" for number in reversed(range(500))]


@pytest.mark.parametrize("rotate", ["before", "between"])
async def test_a_rotation_while_it_is_paged_loses_and_repeats_nothing(
    logs: Path, probe: Probe[Any], rotate: str
) -> None:
    write(logs / "app.log", 100, 200)
    write(logs / "app.log.1", 0, 100, age_s=100)
    if rotate == "before":
        table = await table_of(probe, path=f"{logs}/app.log", lines=30)
    else:
        first = await table_of(probe, path=f"{logs}/app.log", lines=60)
        assert first.more
        table = first.more()
    (logs / "app.log.1").rename(logs / "app.log.2")
    (logs / "app.log").rename(logs / "app.log.1")
    write(logs / "app.log", 200, 210)

    lines = all_lines(table)

    begin = 200 if rotate == "before" else 140
    assert lines == [f"line {number}" for number in reversed(range(begin))]


async def test_what_is_gone_or_truncated_meanwhile_is_said(logs: Path, probe: Probe[Any]) -> None:
    write(logs / "app.log", 0, 100)
    table = await table_of(probe, path=f"{logs}/app.log", lines=30)
    assert table.more

    (logs / "app.log").write_text("new\n")
    with pytest.raises(HostFailed, match="truncated meanwhile: ask again"):
        table.more()

    (logs / "app.log").unlink()
    (logs / "app.log").write_text("new\n" * 100)
    os.link(logs / "app.log", logs / "keeps the inode")
    with pytest.raises(HostFailed, match="meanwhile"):
        table.more()


async def test_lines_are_whole_across_the_pieces_in_which_a_file_is_read(
    logs: Path, probe: Probe[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_history, "CHUNK", 64)
    write(logs / "app.log", 0, 300)
    write(logs / "app.log.1.gz", 0, 50, age_s=9, pack=gzip.compress)
    (logs / "long.log").write_text(f"short\n{'x y ' * 250}\nshort too")

    whole = all_lines(await table_of(probe, path=f"{logs}/app.log", lines=200))
    pieces = all_lines(await table_of(probe, path=f"{logs}/long.log"))

    assert whole == [
        *(f"line {number}" for number in reversed(range(300))),
        *(f"line {n}" for n in reversed(range(50))),
    ]
    assert pieces[0] == "short too"
    assert pieces[-1] == "short"
    assert "".join(reversed(pieces[1:-1])) == "x y " * 250


async def test_only_lines_that_fit_are_told_and_a_search_ends_and_goes_on(
    logs: Path, probe: Probe[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_history, "CHUNK", 256)
    monkeypatch.setattr(log_history, "MOST_BYTES", 1024)
    write(logs / "app.log", 0, 1000)

    table = await table_of(probe, path=f"{logs}/app.log", contains="^line 5$")

    assert (len(table.rows), bool(table.more)) == (0, True)
    assert "looked through" in table.note
    assert all_lines(table) == ["line 5"]
    with pytest.raises(ParameterError, match="contains"):
        await table_of(probe, path=f"{logs}/app.log", contains="(")


@pytest.mark.parametrize("contains", ["password=h", "hunter2", "password=[^*]", "^[a-z]{4,39}={1,2}$", "^MII"])
async def test_what_is_masked_cannot_be_asked_for_letter_by_letter(
    logs: Path, probe: Probe[Any], contains: str
) -> None:
    key = SECRET_KEY.replace("-----END", "lastlast==\n-----END")
    (logs / "app.log").write_text(f"password=hunter2\n{key}\nends\n")

    assert all_lines(await table_of(probe, path=f"{logs}/app.log", contains=contains)) == []
    assert all_lines(await table_of(probe, path=f"{logs}/app.log", contains=r"=\*")) == ["password=***secret***"]


async def test_what_a_search_has_found_is_told_though_an_older_log_cannot_be_read(
    logs: Path, probe: Probe[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_history, "MOST_UNPACKED", 2**20)
    write(logs / "app.log", 0, 10)
    (logs / "app.log.1.gz").write_bytes(gzip.compress(b"x\n" * 2**20))

    table = await table_of(probe, path=f"{logs}/app.log", contains="^line 5$")

    assert [row[1] for row in table.rows] == ["line 5"]
    assert table.more
    with pytest.raises(HostFailed, match="too large to be unpacked"):
        table.more()


def test_an_older_log_that_goes_while_the_newer_one_is_read_takes_nothing_from_it(logs: Path) -> None:
    write(logs / "app.log", 10, 20)
    write(logs / "app.log.1", 5, 10, age_s=60)
    write(logs / "app.log.2", 0, 5, age_s=120)

    def sift(lines: Sequence[str]) -> Sequence[str]:
        (logs / "app.log.1").unlink(missing_ok=True)
        return lines

    found = log_history.stretch(str(logs / "app.log"), lambda path: True, 100, sift, None)

    assert [line for _, line in found.lines] == [f"line {number}" for number in (*range(19, 9, -1), *range(4, -1, -1))]
    assert found.older is None


async def test_a_search_whose_time_is_over_within_a_compressed_log_goes_on_from_there(
    logs: Path, probe: Probe[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_history, "CHUNK", 64)
    write(logs / "app.log", 300, 310)
    write(logs / "app.log.1.gz", 0, 300, age_s=9, pack=gzip.compress)
    before, calls = log_history._Packed.before, iter([False, True])

    def slow(source: Any, end: int | None, ends_at: float) -> tuple[int, bytes]:
        if next(calls, False):
            raise HostFailed("too large")
        return before(source, end, ends_at)

    monkeypatch.setattr(log_history._Packed, "before", slow)

    table = await table_of(probe, path=f"{logs}/app.log", lines=200)

    assert 10 < len(table.rows) < 200
    assert "and not yet further" in table.note
    assert all_lines(table) == [f"line {number}" for number in reversed(range(310))]


async def test_an_older_log_that_may_not_be_read_takes_nothing_from_the_newer(logs: Path, probe: Probe[Any]) -> None:
    write(logs / "app.log", 0, 10)
    write(logs / "app.log.1", 0, 10, age_s=9)
    (logs / "app.log.1").chmod(0o600)
    for folder in (logs, *logs.parents):
        folder.chmod(folder.stat().st_mode | 0o055)

    with as_nobody():
        table = await table_of(probe, path=f"{logs}/app.log")
        assert table.more
        with pytest.raises(NotHere, match=r"app\.log\.1"):
            table.more()

    assert len(table.rows) == 10


async def test_without_a_path_the_logs_are_listed(logs: Path, probe: Probe[Any]) -> None:
    write(logs / "old.log", 0, 1, age_s=100)
    (logs / "nginx").mkdir()
    write(logs / "nginx" / "new.log", 0, 1)
    (logs / "link.log").symlink_to(logs / "old.log")

    rows = rows_of(await ask(probe))

    assert [row["path"] for row in rows] == [f"{logs}/nginx/new.log", f"{logs}/old.log"]
    assert [row["path"] for row in rows_of(await ask(probe, contains="old"))] == [f"{logs}/old.log"]


async def test_no_way_leads_out_of_the_folders(logs: Path, probe: Probe[Any], tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2\n")
    (logs / "link.log").symlink_to(secret)
    (logs / "folder").symlink_to(tmp_path)
    (logs / "app.log").write_text("fine\n")
    (logs / "app.log.1").symlink_to(secret)
    (logs / "inside.log").symlink_to(logs / "app.log")

    for path in (
        "/etc/shadow",
        f"{logs}/../secret",
        f"{logs}/link.log",
        f"{logs}/folder/secret",
        str(logs),
        f"{logs}x",
    ):
        with pytest.raises(HostFailed, match=r"may not be shown|no such log"):
            await table_of(probe, path=path)
    assert all_lines(await table_of(probe, path=f"{logs}/app.log")) == ["fine"]
    assert all_lines(await table_of(probe, path=f"{logs}/inside.log")) == ["fine"]


async def test_what_may_not_be_read_names_the_remedy(logs: Path, probe: Probe[Any]) -> None:
    (logs / "private.log").write_text("x\n")
    (logs / "private.log").chmod(0o600)
    for folder in (logs, *logs.parents):
        folder.chmod(folder.stat().st_mode | 0o011)

    with as_nobody(), pytest.raises(NotHere, match=r"private.log"):
        await table_of(probe, path=f"{logs}/private.log")


async def test_a_pipe_and_a_device_are_no_logs(logs: Path, probe: Probe[Any]) -> None:
    os.mkfifo(logs / "pipe.log")

    with pytest.raises(HostFailed):
        await table_of(probe, path=f"{logs}/pipe.log")
    assert rows_of(await ask(probe)) == []


async def test_a_key_that_was_logged_is_in_no_page(logs: Path, probe: Probe[Any]) -> None:
    (logs / "app.log").write_text(f"begins\n{SECRET_KEY}\nends\n")

    for lines in (5, 10, 200):
        text = "\n".join(all_lines(await table_of(probe, path=f"{logs}/app.log", lines=lines)))
        assert "MIIE" not in text
        assert "begins" in text
        assert "ends" in text


async def test_what_is_no_text_is_said_so_and_holes_of_a_truncated_log_do_no_harm(
    logs: Path, probe: Probe[Any]
) -> None:
    (logs / "wtmp").write_bytes(b"\7\0\0\0pts/0\0\0\0root\0\0\n" * 200)
    (logs / "holes.log").write_bytes(b"\0" * 10_000 + b"line 0\nline 1\n")
    write(logs / "app.log", 0, 1)
    (logs / "app.log.1.zst").write_bytes(b"\x28\xb5\x2f\xfd\0\0" * 100)

    with pytest.raises(HostFailed, match="is no text"):
        await table_of(probe, path=f"{logs}/wtmp")
    assert all_lines(await table_of(probe, path=f"{logs}/holes.log")) == ["line 1", "line 0"]
    assert all_lines(await table_of(probe, path=f"{logs}/app.log")) == ["line 0"]


async def test_a_compressed_file_that_grows_without_end_is_given_up(
    logs: Path, probe: Probe[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_history, "MOST_UNPACKED", 2**20)
    (logs / "bomb.log.1.gz").write_bytes(gzip.compress(b"\0" * 2**23))
    (logs / "bomb.log").touch()

    with pytest.raises(HostFailed, match="too large to be unpacked"):
        await table_of(probe, path=f"{logs}/bomb.log")
