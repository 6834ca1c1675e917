"""`cortexctl debug bundle`."""

from __future__ import annotations

import json
import stat
import tarfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from cortexctl import bundle
from cortexctl.bundle import PART_BYTES, Member, members
from cortexctl.bundle_parts import NEWEST, WHOLE, Part, journal, newest_events, own_log, parts_of_daemon
from cortexctl.child import output_of
from cortexctl.client import Client
from cortexctl.exits import Exit
from cortexctl.failure import Failure
from cortexctl.session import Session
from cortexctl.socket_path import users_socket
from probed.wire import paths
from probed.wire.page import PageOf
from probed.wire.problem import ProblemCode
from tests.cortexctl import samples
from tests.cortexctl.conftest import Ctl
from tests.cortexctl.stub_daemon import StubDaemon, hang, http
from tests.cortexctl.test_events import STREAM, stream, then_silence

PLANTED = "correct-horse-battery"
OFFLINE = {"versions", "doctor", "config", "documents", "available-checks", "available-actions", "available-channels"}


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Beside the socket, as that of `./install.sh try`; it names a file with a secret. The user is in that folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "key").write_text(PLANTED)
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "broken.md").write_text("---\nid: broken\nwhen: never\n---\n")
    config = {
        "agent": {"api_key_file": str(tmp_path / "key")},
        "heartbeat": {"url": f"https://hc.example.org/{PLANTED}"},
        "inspections": {"dir": str(tmp_path / "documents")},
        "monitor": {"path": str(tmp_path / "monitor.db")},
        "api": {"socket": str(tmp_path / "probed.sock")},
    }
    path = tmp_path / "config.yaml"
    path.write_text(json.dumps(config))
    for private in (path, tmp_path / "key"):
        private.chmod(0o600)
    return path


def unpacked(path: Path) -> dict[str, str]:
    """Texts by the names of their files."""
    with tarfile.open(path) as archive:
        files = {entry.name: archive.extractfile(entry) for entry in archive.getmembers()}
        assert {Path(name).parent.name for name in files} == {next(iter(files)).partition("/")[0]}
        return {Path(name).name: file.read().decode() for name, file in files.items() if file}


def states(manifest: str) -> Mapping[str, str]:
    rows = [line.split(None, 2) for line in manifest.splitlines() if line.count("  ") and "." in line.split()[0]]
    return {name: state for name, _, state in rows}


def test_it_holds_what_somebody_who_helps_needs_and_no_secret(host: StubDaemon, config: Path, ctl: Ctl) -> None:
    told = replace(samples.MESSAGE, note=f"refused: {PLANTED}", text="PASSWORD=hunter2 at http://a.example/?key=opens")
    host.answer(f"GET {paths.MESSAGES}", PageOf([told]))
    host.answer(f"GET {paths.OPENAPI}", {"openapi": "3.1.0", "info": {"version": "0.1"}, "paths": {paths.STATUS: {}}})
    host.refuse(f"GET {paths.DECISIONS}", 403, ProblemCode.FORBIDDEN, f"only administrators may; {PLANTED}")
    host.answers[f"GET {paths.METRICS}"] = http(b"cortex_up 1\n", "text/plain")
    host.misbehave(STREAM, then_silence(*samples.EVENTS))

    result = ctl("debug", "bundle")

    path = Path(result.out.strip())
    assert (result.exit, path.parent, stat.S_IMODE(path.stat().st_mode)) == (Exit.OK, Path(), 0o600)
    assert path.name.startswith("cortex-debug-")
    assert path.name.endswith("-20260301T100000Z.tar.gz")
    files = unpacked(path)
    named = states(files["MANIFEST"])
    assert {*named} >= {f"{name}.json" for name in (*WHOLE, *NEWEST, *OFFLINE - {"documents"})}
    assert named["decisions.json"] == "missing: only administrators may; ***secret***"
    assert {name for name, state in named.items() if state == "whole"} == {*files} - {"MANIFEST"}
    assert {*named} - {*files} <= {"decisions.json", "log.txt"}
    assert "its MANIFEST says why" in result.err
    assert json.loads(files["status.json"])["host"] == samples.TROUBLED.host
    assert json.loads(files["runs.json"])["items"]
    assert [event["id"] for event in json.loads(files["events.json"])] == [event.id for event in samples.EVENTS]
    assert json.loads(files["config.json"])["agent"]["api_key_file"] == str(config.parent / "key")
    assert {line["name"] for line in json.loads(files["doctor.json"])["lines"]} >= {"python", "configuration"}
    assert {*json.loads(files["versions.json"])} >= {"cortexctl", "python", "kernel", "distribution"}
    assert "broken.md" in files["documents.txt"]
    assert files["metrics.txt"] == "cortex_up 1\n"
    assert "***secret***" in files["messages.json"]
    whole = "".join(files.values())
    assert [secret for secret in (PLANTED, "hunter2", "key=opens") if secret in whole] == []


def test_without_a_daemon_and_without_a_readable_configuration_the_rest_is_there(
    tmp_path: Path, daemon: StubDaemon, config: Path, ctl: Ctl
) -> None:
    config.chmod(0o666)  # which probed refuses to obey

    result = ctl("--socket", str(tmp_path / "none.sock"), "debug", "bundle", "--output", "mine.tar.gz")

    assert (result.exit, result.out) == (Exit.OK, "mine.tar.gz\n")
    files = unpacked(tmp_path / "mine.tar.gz")
    named = states(files["MANIFEST"])
    assert {"versions.json", "doctor.json", "documents.txt"} <= {*files}
    assert "can be changed by others" in named["config.json"]
    assert {named[f"{noun}.json"] for noun in (*WHOLE, *NEWEST)} == {
        f"missing: no daemon is running: there is no socket {tmp_path}/none.sock"
    }


@pytest.mark.parametrize("there", ["a file", "a link that leads nowhere"])
def test_what_exists_is_not_overwritten(tmp_path: Path, ctl: Ctl, daemon: StubDaemon, there: str) -> None:
    path = tmp_path / "mine.tar.gz"
    path.write_text("mine") if there == "a file" else path.symlink_to(tmp_path / "elsewhere")

    result = ctl("debug", "bundle", "--output", str(path))

    assert result.exit == Exit.REFUSED
    assert f"{path} exists already" in result.err
    assert daemon.requests == []
    assert not (tmp_path / "elsewhere").exists()
    assert path.is_symlink() or path.read_text() == "mine"


def test_what_cannot_be_masked_is_not_written(
    tmp_path: Path, ctl: Ctl, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cortexctl.bundle_parts.parts", lambda *_: [Part("one.txt", lambda: PLANTED)])
    monkeypatch.setattr(bundle, "probed", lambda *_: ["/bin/echo", "nothing"])

    result = ctl("debug", "bundle")

    assert result.exit == Exit.FAILED
    assert "could not be masked" in result.err
    assert list(tmp_path.glob("*.tar.gz")) == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, ctl: Ctl) -> None:
    result = ctl("debug", "bundle", "--output", str(tmp_path / "none" / "b.tar.gz"))

    assert (result.exit, "b.tar.gz cannot be written" in result.err) == (Exit.FAILED, True)


def test_a_part_has_a_bound_and_keeps_what_is_newest(config: Path) -> None:
    long = "old\n" + "x" * PART_BYTES + "\nnew"
    kept = [Part("list.json", lambda: long), Part("journal.txt", lambda: long, newest_last=True)]

    first, last = members(kept, [])

    assert (len(first.data), first.data[:3]) == (PART_BYTES, b"old")
    assert (len(last.data), last.data[-3:]) == (PART_BYTES, b"new")
    assert (first.state, last.state) == tuple(f"the {end} of {len(long)} bytes" for end in ("first", "last"))


def test_a_part_that_cannot_be_got_does_not_take_the_others_along(config: Path) -> None:
    def fail() -> object:
        raise Failure("gone\nDB_PASSWORD=hunter2")

    found = members([Part("one.txt", fail), Part("two.txt", lambda: "two")], [])

    assert found == [
        Member("one.txt", b"", "missing: gone DB_PASSWORD=***secret***"),
        Member("two.txt", b"two", "whole"),
    ]


def test_a_daemon_that_ends_keeps_nobody_from_the_events_so_far(daemon: StubDaemon) -> None:
    daemon.answers[STREAM] = stream(samples.EVENTS[0])

    assert [event.id for event in newest_events(Client(str(daemon.path)))] == [samples.EVENTS[0].id]


def test_the_journal_is_that_of_the_unit_whose_daemon_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "journalctl"
    program.write_text('#!/bin/sh\necho "$1 $2 $3"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    assert journal(paths.SYSTEM_SOCKET) == "--unit cortex-probed --lines\n"
    assert journal(users_socket()) == "--user-unit cortex-probed --lines\n"


def test_the_log_of_a_private_daemon_is_the_one_that_it_keeps(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("monitor: {path: monitor.db}\n")
    entry = {"at": "2026-01-31T10:00:00+00:00", "level": "info", "run": None, "where": "w", "message": "ready"}
    (tmp_path / "log.jsonl").write_text(json.dumps(entry) + "\n")

    assert own_log(Session(str(tmp_path / "probed.sock"), no_color=True)).endswith("info     ready\n")


@pytest.mark.parametrize(
    ("program", "why"),
    [("exit 0", "it has no line that this user may read"), ("echo first >&2; echo last >&2; exit 1", "last")],
)
def test_a_journal_that_shows_nothing_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, why: str
) -> None:
    (tmp_path / "journalctl").write_text(f"#!/bin/sh\n{program}\n")
    (tmp_path / "journalctl").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    with pytest.raises(Failure, match=f"^{why}$"):
        journal(paths.SYSTEM_SOCKET)


def test_a_part_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(Failure, match="no answer within"):
        output_of(["sleep", "60"], within_s=0.1)
    with pytest.raises(Failure, match="cannot be started"):
        output_of(["/nowhere/journalctl"], within_s=1)


def test_a_daemon_that_is_silent_is_not_waited_for_part_by_part(
    daemon: StubDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cortexctl.bundle_parts.DAEMON_S", 0.2)
    daemon.misbehave(f"GET {paths.STATUS}", hang)
    status, *others = parts_of_daemon(Session(str(daemon.path), no_color=True))

    with pytest.raises(Failure):
        status.get()
    for other in others:
        with pytest.raises(Failure, match="took too long over what it was asked before"):
            other.get()
    assert len(daemon.requests) == 1
