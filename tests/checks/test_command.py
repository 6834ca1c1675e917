from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from probed.checks.command import split_output
from probed.core.finding import Severity
from probed.errors import CheckFailed
from tests.checks.looking import judged, look, observations, observe
from tests.conftest import require


def plugin(folder: Path, script: str) -> str:
    path = folder / "check_thing"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(("code", "severity"), [(0, None), (1, Severity.WARNING), (2, Severity.CRITICAL)])
def test_the_exit_code_is_the_verdict_and_the_first_line_the_summary(
    tmp_path: Path, code: int, severity: Severity | None
) -> None:
    path = plugin(tmp_path, f"echo 'THING - so so | load=0.5;1;2;0;9'; echo 'more'; exit {code}")

    verdict, measure = observations("command", {"command": [path], "for": "1m"}).values()

    observation = verdict
    assert observation.object.startswith(path[:50])
    assert (measure.object, measure.value) == (f"{observation.object} load", 0.5)
    assert judged(measure) is None
    assert observation.summary == "THING - so so"
    assert judged(observation) is severity
    assert observation.evidence["exit_code"] == code
    assert observation.evidence["performance"] == {
        "load": {"value": 0.5, "unit": "", "warning": "1", "critical": "2", "min": "0", "max": "9"}
    }
    assert observation.threshold
    assert observation.threshold.for_s == 60


@pytest.mark.parametrize(
    ("script", "severity", "summary"),
    [
        ("echo 'OK a'; echo 'WARN: b'; echo 'CRIT c'; echo 'WARN d'", Severity.CRITICAL, "CRIT c"),
        ("echo 'OK a'; echo 'WARN: b | n=1'", Severity.WARNING, "WARN: b"),
        ("echo 'CRIT c'; exit 1", Severity.WARNING, "CRIT c"),
        ("echo 'WARNING: turned round by negate'; exit 0", None, "WARNING: turned round by negate"),
        ("echo 'no CRIT here'", None, "no CRIT here"),
    ],
)
def test_a_script_can_say_it_in_words(tmp_path: Path, script: str, severity: Severity | None, summary: str) -> None:
    seen = next(iter(observations("command", {"command": [plugin(tmp_path, script)]}).values()))

    assert (judged(seen), seen.summary) == (severity, summary)


def nagios(name: str) -> str:
    """The plugin as Debian has it."""
    path = f"/usr/lib/nagios/plugins/{name}"
    require(f"{path} (package monitoring-plugins-basic)", present=os.access(path, os.X_OK))
    return path


@pytest.mark.parametrize(
    ("arguments", "severity", "words"),
    [
        ("0 fine", None, "OK: fine"),
        ("1 so so", Severity.WARNING, "WARNING: so so"),
        ("2 bad", Severity.CRITICAL, "CRITICAL: bad"),
    ],
)
def test_a_plugin_of_nagios_is_run_as_it_is(arguments: str, severity: Severity | None, words: str) -> None:
    state, _, text = arguments.partition(" ")

    observation = observe("command", {"command": [nagios("check_dummy"), state, text]})

    assert judged(observation) is severity
    assert observation.summary == words


def test_a_plugin_that_knows_nothing_is_no_answer() -> None:
    with pytest.raises(CheckFailed, match="UNKNOWN: no idea"):
        look("command", {"command": [nagios("check_dummy"), "3", "no idea"]})


def test_the_numbers_of_a_plugin_are_kept_each_under_its_label(tmp_path: Path) -> None:
    nagios("check_disk")

    found = observations("command", {"command": f"check_disk -w 1 -c 1 -p {tmp_path}", "name": "room"})

    assert judged(found.pop("room")) is None
    (measure,) = found.values()
    assert measure.object.startswith("room /")
    assert measure.value is not None
    assert measure.value > 0
    assert measure.unit in ("B", "MiB", "MB")


def test_no_more_numbers_are_kept_than_the_bound(tmp_path: Path) -> None:
    path = plugin(tmp_path, "echo 'OK|'$(seq -f 'a%g=1' 100)")

    assert len(observations("command", {"command": path})) == 21


@pytest.mark.parametrize(("script", "words"), [("echo no idea; exit 3", "no idea"), ("exit 77", "77")])
def test_any_other_exit_code_is_no_answer(tmp_path: Path, script: str, words: str) -> None:
    with pytest.raises(CheckFailed, match=words):
        look("command", {"command": plugin(tmp_path, script)})


@pytest.mark.alone
def test_a_program_that_does_not_end_in_time_is_no_answer(tmp_path: Path) -> None:
    path = plugin(tmp_path, "setsid sh -c 'sleep 60' & sleep 60")
    began = time.monotonic()

    with pytest.raises(CheckFailed, match=r"did not end within 0\.5 s"):
        look("command", {"command": path, "timeout": "500ms"})

    assert time.monotonic() - began < 30


def test_a_program_that_is_missing_is_no_answer() -> None:
    with pytest.raises(CheckFailed, match="cannot be started"):
        look("command", {"command": "/nonexistent/plugin"})


def test_a_text_is_split_into_words_and_given_to_no_shell(tmp_path: Path) -> None:
    path = plugin(tmp_path, 'echo "$#:$1:$2"')

    observation = observe("command", {"command": f"{path} 'two words' $(id)>x;", "name": "mine"})

    assert observation.object == "mine"
    assert observation.summary == "2:two words:$(id)>x;"


def test_a_silent_program_has_a_summary_too() -> None:
    assert observe("command", {"command": "true"}).summary == "true ended with exit code 0"


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (["sh", "-c", "exit 0"], "sh -c 'exit 0'"),
        ("echo --password hunter2", "echo --password ***secret***"),
    ],
)
def test_without_a_name_the_command_line_is_the_object(command: object, name: str) -> None:
    assert observe("command", {"command": command}).object == name


def test_different_commands_are_different_objects_however_long_they_are() -> None:
    long = f"echo {'x' * 100}"
    commands = [["sh", "-c", f"{long}; {end}"] for end in ("exit 0", "true", "true ", "true\n")]

    names = [observe("command", {"command": command}).object for command in commands]

    assert len(set(names)) == 4
    assert all(len(name) <= 60 and name.isprintable() and name.startswith("sh -c 'echo xxx") for name in names)


@pytest.mark.parametrize("piece", ["a", "'", "'a", "' ", "'' ", "a ", "a=1;", "a=", "a=1,", "'a''b' "])
def test_performance_data_made_to_be_slow_is_read_in_no_time(piece: str) -> None:
    began = time.process_time()

    split_output(f"OK|{piece * (65_000 // len(piece))}")

    assert time.process_time() - began < 0.2


def test_performance_data_beyond_what_is_read_loses_whole_entries_only() -> None:
    _, data = split_output("OK|" + " ".join(f"a{number}=123456" for number in range(1000)))

    assert 100 < len(data) < 1000
    assert {entry["value"] for entry in data.values()} == {123456.0}


def test_a_number_that_no_json_can_hold_is_no_measure() -> None:
    assert split_output("OK|huge=" + "9" * 400)[1] == {}


def test_performance_data_of_every_line_is_read() -> None:
    text, data = split_output("OK | 'free space'=12.5GB a=1,5s\nlong\nlast line | b=U c=-3;;10 d=70%;80;90")

    assert text == "OK\nlong\nlast line"
    assert data == {
        "free space": {"value": 12.5, "unit": "GB"},
        "a": {"value": 1.5, "unit": "s"},
        "c": {"value": -3.0, "unit": "", "critical": "10"},
        "d": {"value": 70.0, "unit": "%", "warning": "80", "critical": "90"},
    }
