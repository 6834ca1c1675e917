from __future__ import annotations

import sys
from pathlib import Path

import pytest

from probed.agent.sandbox.program import Place, Program
from probed.agent.sandbox.view import view_for

NOWHERE = Place("run-1", Path("/agent/run"), {}, {})


def program(path: Path, *shown: Path) -> Program:
    return Program(NOWHERE, [str(path), "--help"], {}, shown=[str(each) for each in shown])


def write(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    return path


def test_of_a_program_only_its_file_is_shown(tmp_path: Path) -> None:
    view = view_for(program(write(tmp_path / "bin" / "agent")), ())

    assert tmp_path / "bin" / "agent" in view.paths
    assert not {tmp_path, tmp_path / "bin"} & set(view.paths)
    assert view.program == str(tmp_path / "bin" / "agent")


def test_of_a_script_of_npms_its_package_is_shown_and_a_link_to_it_is_followed(tmp_path: Path) -> None:
    package = tmp_path / "lib" / "node_modules" / "@maker" / "agent"
    write(package / "package.json")
    script = write(package / "bin" / "cli.js")
    (tmp_path / "agent").symlink_to(script)

    view = view_for(program(tmp_path / "agent"), ())

    assert package in view.paths
    assert view.program == str(script)


def test_a_home_that_is_a_package_is_not_shown(tmp_path: Path) -> None:
    write(tmp_path / "package.json")

    assert tmp_path not in view_for(program(write(tmp_path / "agent")), ()).paths


def test_what_it_is_made_of_and_what_is_configured_is_shown_and_no_folder_that_is_only_named(tmp_path: Path) -> None:
    script, tools = write(tmp_path / "a" / "run.py"), tmp_path / "tools"
    tools.mkdir()

    view = view_for(program(Path("/usr/bin/env"), script, tmp_path), [str(tools), str(tmp_path / "gone")])

    assert {script, tools} <= set(view.paths)
    assert tmp_path not in view.paths


def test_where_a_link_leads_to_is_shown_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "venv-1").mkdir()
    (tmp_path / "venv").symlink_to(tmp_path / "venv-1")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))

    assert {tmp_path / "venv", tmp_path / "venv-1"} <= set(view_for(program(Path("/usr/bin/env")), ()).paths)


def test_the_folder_that_a_checkout_keeps_its_state_in_is_not_shown() -> None:
    root = Path(__file__).parents[3]

    assert not {root, root / ".cortex", Path.home(), Path("/etc"), Path("/var"), Path("/run")} & set(
        view_for(program(Path("/usr/bin/env")), ()).paths
    )
