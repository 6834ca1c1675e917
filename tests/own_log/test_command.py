from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from probed.daemon.log_file import LOG_FILE
from probed.errors import CortexError, ParameterError
from probed.own_log import file
from probed.own_log.command import Wish, main
from probed.own_log.entry import Line

WISH = Wish("", "debug", "", "", 100, follow=False, until_closed=False, unit="none", as_json=False, in_colour=False)
ENTRIES = [
    ("2026-01-30T10:00:00.000+00:00", "debug", None, "starts"),
    ("2026-01-31T10:00:00.000+00:00", "info", "01aaaaaaaaaaaaaa", "Disk /srv"),
    ("2026-01-31T11:00:00.000+00:00", "warning", "01abbbbbbbbbbbbb", "disk\n/var \x1b[31m"),
    ("2026-01-31T12:00:00.000+00:00", "error", None, "password=hunter2hunter2"),
]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text("monitor: {path: monitor.db}\n")
    lines = [
        json.dumps({"at": at, "level": level, "run": run, "where": "w", "message": text})
        for at, level, run, text in ENTRIES
    ]
    (tmp_path / LOG_FILE).write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("changes", "chosen"),
    [
        ({}, [0, 1, 2, 3]),
        ({"limit": 2}, [2, 3]),
        ({"level": "warning"}, [2, 3]),
        ({"run": "01a"}, [1, 2]),
        ({"run": "01abbb"}, [2]),
        ({"grep": "disk"}, [1, 2]),
        ({"grep": "Disk"}, [1]),
        ({"grep": "^disk.*/var"}, []),
        ({"since": "2026-01-31T10:30Z"}, [2, 3]),
        ({"since": "2026-01-31T10:30Z", "grep": "disk", "level": "info", "limit": 1}, [2]),
        ({"since": "1h"}, []),
    ],
)
def test_only_what_is_wanted_is_shown(
    config: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, object], chosen: list[int]
) -> None:
    assert main(config, replace(WISH, as_json=True, **changes)) == 0  # type: ignore[arg-type]

    printed = capsys.readouterr()
    shown = [json.loads(line)["at"] for line in printed.out.splitlines()]
    assert shown == [ENTRIES[number][0] for number in chosen]
    assert bool(printed.err) is not bool(chosen)


def test_no_more_than_was_wanted_is_shown_where_reading_halts(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a slow disk."""

    def halting(path: Path, is_over: Callable[[], bool]) -> Iterator[Line | None]:
        for line in read(path, is_over):
            yield from (line, None)

    read = file.read
    monkeypatch.setattr(file, "read", halting)

    main(config, replace(WISH, as_json=True, limit=2))

    assert [json.loads(line)["at"] for line in capsys.readouterr().out.splitlines()] == [at for at, *_ in ENTRIES[2:]]


def test_a_line_is_shown_so_that_it_steers_nothing_and_gives_nothing_away(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    main(config, replace(WISH, in_colour=True))

    shown = capsys.readouterr().out
    assert " [01abbbbbbb] disk\n    /var \\x1b[31m\x1b[0m\n" in shown
    assert "hunter2" not in shown


def test_where_nothing_was_written_that_is_said(config: Path) -> None:
    (config.parent / LOG_FILE).unlink()

    with pytest.raises(CortexError, match=f"there is no {config.parent}/{LOG_FILE}: no daemon has logged anything yet"):
        main(config, WISH)


@pytest.mark.parametrize(("changes", "field"), [({"since": "1x"}, "--since"), ({"grep": "("}, "--grep")])
def test_what_cannot_be_meant_is_named(config: Path, changes: dict[str, object], field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        main(config, replace(WISH, **changes))  # type: ignore[arg-type]

    assert caught.value.field == field


def test_it_follows_until_its_input_ends_and_shows_what_was_written_until_then(config: Path) -> None:
    words = [sys.executable, "-m", "probed", "log", f"--config={config}", "--follow", "--until-closed", "--json"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as following:
        assert following.stdin
        assert following.stdout
        shown = [following.stdout.readline() for _ in ENTRIES]
        with (config.parent / LOG_FILE).open("a") as log:
            log.write(shown[0].replace("starts", "comes"))
        following.stdin.close()
        shown.append(following.stdout.read())

    assert [json.loads(line)["message"] for line in shown if line][-1] == "comes"
    assert following.returncode == 0
