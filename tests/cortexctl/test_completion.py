"""What the shells complete: by the grammar, from the daemon, and in real shells."""

from __future__ import annotations

import os
import pty
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from cortexctl.completion import offers, shells
from cortexctl.completion.complete import fitting
from cortexctl.completion.shells import bash
from probed.wire import paths
from probed.wire.page import PageOf
from tests.cortexctl import samples
from tests.cortexctl.stub_daemon import StubDaemon, hang
from tests.cortexctl.terminal import environment, pipes, talk
from tests.real.packages import program


def words_for(*line: str) -> list[str]:
    *before, incomplete = line
    return [word for word, _ in fitting(before, incomplete)]


# --- commands and options ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        (["st"], ["status"]),
        (["decisions", "ap"], ["approve"]),
        (["--no-color", "alerts", "sh"], ["show"]),
        (["run", "--wa"], ["--wait"]),
        (["alerts", "--st"], ["--state"]),
        (["alerts", "list", "--st"], ["--state"]),
        (["alerts", "show", "--u"], ["--utc"]),
        (["runs", "--output", "js"], ["json", "jsonl"]),
        (["runs", "--output=js"], ["--output=json", "--output=jsonl"]),
        (["--sock"], ["--socket"]),
        (["status", "--sock"], []),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["autonomy", "pin", "restart_unit", "unit", "a"], ["ask", "automatic"]),
        (["validate", ""], ["<files>"]),
        (["checks", "show", "disk_"], ["disk_io"]),
        (["--socket", "/nonexistent", "actions", "show", "restart_u"], ["restart_unit"]),
        (["drill", "disk-full", "disk-f"], ["disk-full"]),
        (["inspections", "new", "--template", "web"], ["website"]),
        (["--socket", ""], ["<files>"]),
        (["nonsense", "st"], ["status"]),
        (["status", ""], []),
    ],
)
def test_what_fits_is_offered(line: list[str], offered: list[str]) -> None:
    assert words_for(*line) == offered


def test_every_noun_and_verb_is_offered() -> None:
    assert {"status", "alerts", "doctor", "completion"} <= {*words_for("")}
    assert {"list", "show", "ack", "silence"} <= {*words_for("alerts", "")}


# --- from the daemon --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        (["alerts", "show", "01kjn0"], [samples.ALERT.id, samples.ACKNOWLEDGED.id]),
        (["decisions", "approve", ""], [samples.DECISION.id]),
        (["run", "di"], ["disks"]),
        (["runs", "--inspection", "di"], ["disks"]),
        (["runs", "list", "--inspection=di"], ["--inspection=disks"]),
        (["models", "explain", "di"], ["disks"]),
    ],
)
def test_ids_and_names_come_from_the_daemon(host: StubDaemon, line: list[str], offered: list[str]) -> None:
    assert offered == words_for("--socket", str(host.path), *line)[: len(offered)]


def test_only_what_waits_is_offered_for_a_yes(host: StubDaemon) -> None:
    words_for("--socket", str(host.path), "decisions", "approve", "")

    assert "state=waiting" in host.requests[0].query


def test_an_id_says_what_it_is_of(host: StubDaemon) -> None:
    found = dict(fitting(["--socket", str(host.path), "alerts", "show"], ""))

    assert found[samples.ALERT.id] == samples.ALERT.summary


def test_a_daemon_that_is_away_is_no_matter() -> None:
    result = pipes("__complete", "fish", "--socket", "/nonexistent", "alerts", "show", "")

    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_a_daemon_that_hangs_is_not_waited_for(daemon: StubDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    daemon.misbehave(f"GET {paths.ALERTS}", hang)
    monkeypatch.setattr(offers, "WITHIN_S", 0.1)

    assert words_for("--socket", str(daemon.path), "alerts", "show", "") == []


def test_it_does_without_typer() -> None:
    check = "import sys; from cortexctl.__main__ import main; main(sys.argv[1:]); print('typer' in sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", check, "__complete", "fish", "alerts", "sh"], capture_output=True, text=True, check=True
    )

    assert done.stdout == "show\tOne alert in full, with what to type about it.\nFalse\n"


# --- in shells --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "word", "offered"),
    [
        ("cortexctl alerts sh", "sh", ["show"]),
        ("cortexctl runs --output=js", "js", ["json", "jsonl"]),
        ("cortexctl runs --output=", "", ["table", "json", "jsonl", "csv"]),
        ("cortexctl 'alerts' sh", "sh", ["show"]),
    ],
)
def test_bash_is_given_what_stands_behind_its_own_last_break(line: str, word: str, offered: list[str]) -> None:
    assert bash(line, str(len(line)), word) == offered


def test_where_the_cursor_is_counts_in_letters() -> None:
    line = 'cortexctl alerts silence @1 --comment "müde" --f'

    assert bash(f"{line} behind it", str(len(line)), "--f") == ["--for"]


EVIL = (
    "x$(touch trap)",
    "x`touch trap`",
    "x';touch trap;'y",
    'x";touch trap;"y',
    "x\ntouch trap",
    "x\x1b[2J",
    "x !! y",
)


@pytest.mark.parametrize("typed", ["", "x", "'", "'x", '"', '"x', "x''", 'x"" "', "\\'", "$'x"])
def test_what_is_offered_to_bash_is_one_word_and_stands_for_itself(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shells, "fitting", lambda words, incomplete: [(name, "") for name in (*EVIL, "xyz")])
    line = f"cortexctl run {typed}"

    offered = bash(line, str(len(line)), typed.lstrip("'\""))

    assert "xyz" in offered
    if shells.is_within_quotes(line):
        assert offered == ["xyz"]
    else:
        assert [shlex.split(each) for each in offered] == [[name] for name in (*EVIL[:4], "x !! y", "xyz")]


def test_what_lies_behind_the_cursor_does_not_count() -> None:
    assert bash("cortexctl al show", str(len("cortexctl al")), "al") == ["alerts"]


@pytest.fixture
def bin_folder(tmp_path: Path) -> Path:
    """`cortexctl` as a shell finds it."""
    file = tmp_path / "bin" / "cortexctl"
    file.parent.mkdir()
    file.write_text(f'#!/bin/sh\nexec {sys.executable} -m cortexctl "$@"\n')
    file.chmod(0o755)
    return file.parent


@pytest.fixture
def env(bin_folder: Path, host: StubDaemon, tmp_path: Path) -> dict[str, str]:
    path = f"{bin_folder}:{os.environ['PATH']}"
    return environment(PATH=path, CORTEX_SOCKET=str(host.path), HOME=str(tmp_path), TERM="dumb", PS1="ready> ")


def test_a_tab_in_bash_writes_the_id(env: dict[str, str], host: StubDaemon) -> None:
    host.answer(f"GET {paths.ALERTS}", PageOf([samples.ALERT]))
    keys = 'source <(cortexctl completion bash); echo lo""aded\n'
    shown = in_shell(
        ["bash", "--norc", "--noprofile", "-i"], env, keys, "cortexctl alerts show 01k\t; exit\n", "loaded"
    )

    assert f"cortexctl alerts show {samples.ALERT.id}" in shown


def test_a_tab_in_zsh_writes_the_id(env: dict[str, str], host: StubDaemon) -> None:
    host.answer(f"GET {paths.ALERTS}", PageOf([samples.ALERT]))
    keys = 'autoload -U compinit; compinit -u -D; source <(cortexctl completion zsh); echo lo""aded\n'
    shown = in_shell([program("zsh", "zsh"), "-f", "-i"], env, keys, "cortexctl alerts show 01k\t; exit\n", "loaded")

    assert f"cortexctl alerts show {samples.ALERT.id}" in shown


def test_fish_shows_the_ids_with_their_words(env: dict[str, str]) -> None:
    script = "cortexctl completion fish | source; complete --do-complete 'cortexctl alerts show '"
    argv = [program("fish", "fish"), "--no-config", "--command", script]

    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60, check=False)

    assert f"{samples.ALERT.id}\t{samples.ALERT.summary}\n" in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("shell", "load", "typed"),
    [
        ("bash --norc --noprofile", "", ""),
        ("bash --norc --noprofile", "", '"'),
        ("bash --norc --noprofile", "", "'"),
        ("zsh -f", "autoload -U compinit; compinit -u -D;", ""),
    ],
)
def test_no_word_of_the_host_is_executed_by_a_shell(
    env: dict[str, str], host: StubDaemon, tmp_path: Path, shell: str, load: str, typed: str
) -> None:
    """A Tab, the quote closed, and Enter."""
    trap = tmp_path / "trapped"
    evil = f"x$(touch {trap})`touch {trap}`';touch {trap};'\";touch {trap};\""
    host.answer(f"GET {paths.INSPECTIONS}", {"items": [{"id": evil, "title": evil}], "broken": []})
    name, *options = shell.split()
    keys = f'{load} source <(cortexctl completion {name}); echo lo""aded\n'
    entered = f'cortexctl run {typed}\t{typed}\necho en""ded\n'

    shown = in_shell([program(name, name), *options, "-i"], env, keys, entered, "loaded", until="ended")

    assert "ended" in shown
    assert any(request.path == paths.INSPECTIONS for request in host.requests)
    assert not trap.exists()


def in_shell(argv: list[str], env: dict[str, str], first: str, keys: str, after: str, until: str = "") -> str:
    """What an interactive shell shows, `until` something is there or it ends: `first` is typed at once, `keys` when
    `after` is there."""
    here, there = pty.openpty()
    shell = subprocess.Popen(["setsid", "--ctty", "--wait", *argv], stdin=there, stdout=there, stderr=there, env=env)
    os.close(there)
    try:
        os.write(here, first.encode())
        return talk(here, keys.encode(), after.encode(), until.encode()).decode(errors="replace")
    finally:
        shell.kill()
        shell.wait()
        os.close(here)
