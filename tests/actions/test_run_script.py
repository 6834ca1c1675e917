from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from probed.actions.registry import build_actions
from probed.actions.run_script import RunScript
from probed.config.actions import ActionsSettings, ScriptSettings
from probed.core.finding import ActionCall
from probed.errors import ActionFailed, ActionRefused, ParameterError
from probed.helper.process import look
from tests.factories import make_finding

CALL = {"name": "requeue"}


def make_script(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def make_action(*argv: Path | str, probe: tuple[str, ...] = (), timeout: float = 10.0) -> RunScript:
    script = ScriptSettings(argv=tuple(map(str, argv)), probe=probe, timeout=timeout)
    action = build_actions(ActionsSettings(scripts={"requeue": script})).get("run_script")
    assert isinstance(action, RunScript)
    action.looks_apart_s = 0.05
    return action


def test_a_script_helps_and_its_probe_says_so(tmp_path: Path) -> None:
    script = make_script(tmp_path / "requeue", f"echo moved 12 >{tmp_path}/queue; echo done")
    action = make_action(script, "--all", probe=("/usr/bin/grep", "-q", "moved", f"{tmp_path}/queue"))

    ready, text = action.precondition(CALL), action.dry_run(CALL)
    done = action.execute(CALL)
    seen = action.verify(CALL, done)

    assert ready.holds, ready.reason
    assert text == f"would run {script} --all, for 10 s at most"
    assert (done.detail, done.after["said"]) == ("requeue ended well", "done")
    assert seen.holds


def test_one_that_ends_well_without_helping_is_not_verified(tmp_path: Path) -> None:
    action = make_action(make_script(tmp_path / "requeue", "exit 0"), probe=("/bin/false",))

    seen = action.verify(CALL, action.execute(CALL))

    assert (seen.holds, seen.detail) == (False, "/bin/false ended with 1")


def test_a_probe_that_changes_its_mind_is_no_yes(tmp_path: Path) -> None:
    flips = make_script(tmp_path / "probe", f"[ ! -e {tmp_path}/asked ] && touch {tmp_path}/asked")
    action = make_action("/bin/true", probe=(str(flips),))

    assert not action.verify(CALL, action.execute(CALL)).holds


def test_without_a_probe_an_interrupted_script_is_not_verified() -> None:
    action = make_action("/bin/true")

    assert not action.verify(CALL, None).holds
    done = action.verify(CALL, action.execute(CALL))
    assert (done.holds, done.has_looked) == (True, False)


def test_a_script_that_fails_is_a_failure_with_its_last_words_and_without_its_secrets(tmp_path: Path) -> None:
    script = make_script(tmp_path / "requeue", "echo password=hunter2horse; exit 3")

    with pytest.raises(ActionFailed, match="requeue ended with 3") as failed:
        make_action(script).execute(CALL)

    assert "hunter2horse" not in str(failed.value)


def test_a_script_that_does_not_end_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    script = make_script(tmp_path / "requeue", f"sleep 60 & echo $! >{tmp_path}/pid; wait")

    with pytest.raises(ActionFailed, match=r"did not end within 0\.3 s"):
        make_action(script, timeout=0.3).execute(CALL)

    left = look(int((tmp_path / "pid").read_text()))
    assert left is None or not left.is_alive


def test_it_is_irreversible() -> None:
    action = make_action("/bin/true")

    assert not action.reversible
    with pytest.raises(ActionFailed, match="irreversible"):
        action.roll_back(CALL, {})


# --- whose program it is ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["owner", "group", "others", "folder", "link"])
def test_what_somebody_else_could_have_written_is_not_run(tmp_path: Path, fault: str) -> None:
    script = make_script(tmp_path / "bin" / "requeue", f"touch {tmp_path}/was-run")
    if fault == "owner":
        os.chown(script, 65534, 0)
    elif fault == "folder":
        script.parent.chmod(0o777)
    elif fault == "link":
        os.chown(script.parent, 65534, 0)
        (tmp_path / "requeue").symlink_to(script)
        script = tmp_path / "requeue"
    else:
        script.chmod(0o775 if fault == "group" else 0o757)
    action = make_action(script)

    assert not action.precondition(CALL).holds
    with pytest.raises(ActionRefused, match=r"belongs to uid 65534|others can change"):
        action.execute(CALL)
    assert not (tmp_path / "was-run").exists()


def test_the_script_that_an_interpreter_gets_counts_as_the_program(tmp_path: Path) -> None:
    script = make_script(tmp_path / "requeue", "true")
    script.chmod(0o757)

    with pytest.raises(ActionRefused, match="others can change"):
        make_action("/bin/sh", script).execute(CALL)


def test_a_secret_of_the_command_line_is_neither_shown_nor_kept(tmp_path: Path) -> None:
    script = make_script(tmp_path / "requeue", "true")
    action, other = (
        make_action(script, "two words", "--token", "hunter2horse"),
        make_action(script, "--token", "others"),
    )

    ready = action.precondition(CALL)

    assert action.dry_run(CALL).startswith(f"would run {script} 'two words' --token ***secret***, for ")
    assert "hunter2horse" not in repr(ready)
    assert ready.snapshot["digest"] != other.precondition(CALL).snapshot["digest"]


@pytest.mark.parametrize("interpreter", [(), ("/bin/sh",), ("/usr/bin/env", "bash")])
def test_a_program_that_was_replaced_is_another_one(tmp_path: Path, interpreter: tuple[str, ...]) -> None:
    script = make_script(tmp_path / "requeue", "true")
    action = make_action(*interpreter, script)
    before = action.precondition(CALL).snapshot
    make_script(tmp_path / "new", "rm -rf everything").rename(script)

    assert action.precondition(CALL).snapshot != before


@pytest.mark.parametrize(
    "params", [{}, {"name": "rm"}, {"name": ["requeue"]}, {"name": "requeue", "argv": ["/bin/rm"]}]
)
def test_nothing_but_a_registered_name_counts(params: Mapping[str, object]) -> None:
    with pytest.raises(ParameterError):
        make_action("/bin/true").validate(params)


def test_a_document_that_names_a_script_wants_it_for_whatever_it_finds() -> None:
    action = make_action("/bin/true")

    assert action.call_for(make_finding(check="http", object="queue"), CALL) == ActionCall("run_script", CALL)
    with pytest.raises(ParameterError, match=r"one of actions\.scripts: requeue"):
        action.call_for(make_finding(check="http", object="queue"), {})
