from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import probed
from probed.doctor import command
from probed.doctor.command import main
from probed.doctor.line import DoctorLine, Status
from tests.actions.trees import open_to_all

ROOT = Path(probed.__file__).parents[1]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text("api: {socket: s}\nmonitor: {path: monitor.db}\ninspections: {dir: inspections}\n")
    path.chmod(0o600)
    (tmp_path / "inspections").mkdir()
    (tmp_path / "inspections" / "a.md").write_text("---\nid: a\nchecks: [load]\n---\n")
    return path


@pytest.mark.parametrize(("status", "code"), [(Status.PASS, 0), (Status.WARN, 0), (Status.FAIL, 1)])
def test_json_holds_every_line_and_the_worst_status(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], status: Status, code: int
) -> None:
    lines = [DoctorLine("python", Status.PASS, "3.11"), DoctorLine("clock", status, "late", "set it")]
    monkeypatch.setattr(command, "examine", lambda _, **options: lines)

    assert main(config, as_json=True) == code

    assert json.loads(capsys.readouterr().out) == {
        "status": str(status),
        "lines": [
            {"name": "python", "status": "pass", "detail": "3.11", "remedy": ""},
            {"name": "clock", "status": str(status), "detail": "late", "remedy": "set it"},
        ],
    }


@pytest.mark.parametrize("as_json", [True, False])
def test_what_looks_like_a_secret_is_not_printed(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    secret = "sk-ant-" + "a1" * 10
    monkeypatch.setattr(
        command, "examine", lambda _, **options: [DoctorLine("a", Status.WARN, f"no {secret}", f"rm {secret}")]
    )

    main(config, as_json=as_json)

    out = capsys.readouterr().out
    assert secret not in out
    assert "no ***anthropic***" in out


def test_a_line_that_fails_is_an_exit_code(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (config.parent / "inspections" / "b.md").write_text("no front matter\n")

    assert main(config, as_json=False) == 1
    assert "fail  inspections" in capsys.readouterr().out


def test_a_configuration_that_cannot_be_used_is_an_exit_code_of_its_own(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text("mode: perhaps\nhost: [1]\n")

    assert main(config, as_json=False) == 2
    text = capsys.readouterr().out
    assert f"fail  configuration  {config}:1: mode: expected 'observe', 'earned' or 'act'" in text
    assert f"{config}:2: host: expected a text" in text
    assert "state directory" not in text


def test_the_text_says_what_to_do(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        DoctorLine("python", Status.PASS, "3.11"),
        DoctorLine("inspections", Status.FAIL, "a.md:1: bad\nb.md:2: worse", "mend them"),
    ]
    monkeypatch.setattr(command, "examine", lambda _, **options: lines)

    assert main(config, as_json=False) == 1

    assert capsys.readouterr().out.splitlines() == [
        "pass  python       3.11",
        "fail  inspections  a.md:1: bad",
        "                   b.md:2: worse",
        "                   → mend them",
    ]


@pytest.mark.parametrize(("variables", "painted"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colour_is_for_terminals(
    config: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variables: dict[str, str],
    painted: bool,
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)

    main(config, as_json=False)

    assert ("\x1b[32mpass\x1b[0m" in capsys.readouterr().out) is painted


def test_root_looks_with_the_eyes_of_the_daemons_user() -> None:
    """Root could write the folder and would refuse a key that belongs to the daemon's user."""
    with open_to_all() as folder:
        (folder / "config.yaml").write_text(
            "api: {socket: s}\nmonitor: {path: state/monitor.db}\ntelegram: {token_file: token, chat_id: 1,\n"
            "  api_url: 'http://127.0.0.1:9', allowed_users: [1]}\n"
        )
        (folder / "config.yaml").chmod(0o644)
        (folder / "token").write_text("1:x")
        (folder / "token").chmod(0o600)
        (folder / "state").mkdir(mode=0o500)
        for name in ("token", "state"):
            os.chown(folder / name, 65534, 65534)

        done = subprocess.run(
            [sys.executable, "-m", "probed", "doctor", "--json", "--config", folder / "config.yaml"],
            cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

        lines = {line["name"]: line for line in json.loads(done.stdout)["lines"]}
        assert done.returncode == 1
        assert "cannot be written by uid 65534" in lines["state directory"]["detail"]
        assert "another user" not in lines["telegram"]["detail"]
