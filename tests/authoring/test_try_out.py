"""A trial of a document, with real checks and the real path to a model that answers by a script."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from probed.__main__ import INTERRUPTED, main
from tests.real.servers import free_port

DOCUMENT = """\
---
id: mine
checks:
  - disk: {{warning: 0.1%, critical: 100%}}
  - tcp_port: {{port: {port}}}
policy: {policy}
agent: {{when: on_finding, tier: {tier}, budget_usd: 0.2}}
actions: {{L1: [clean_files], L2: [restart_unit]}}
---
Look.
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    folder = tmp_path / "inspections"
    folder.mkdir(mode=0o700)
    file = tmp_path / "config.yaml"
    file.write_text(f"mode: act\ninspections: {{dir: {folder}}}\nmonitor: {{path: {tmp_path}/monitor.db}}\n")
    file.chmod(0o600)
    return file


def write(config: Path, policy: str = "careful", tier: str = "large") -> Path:
    file = config.with_name("inspections") / "mine.md"
    file.write_text(DOCUMENT.format(port=free_port(), policy=policy, tier=tier))
    return file


def tried(config: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["inspection", "test", "--config", str(config), *arguments])
    captured = capsys.readouterr()
    return code, captured.out + captured.err


@pytest.mark.parametrize(
    ("policy", "line"),
    [
        ("operator", "L1: would be done at once: clean_files"),
        ("careful", "L2: a person would be asked: clean_files"),
        ("observe", "L3: a person would be told (clean_files"),
    ],
)
def test_it_says_what_would_come_of_each_finding_and_does_nothing(
    config: Path, capsys: pytest.CaptureFixture[str], policy: str, line: str
) -> None:
    write(config, policy)

    code, out = tried(config, capsys, "mine")

    assert code == 0
    assert line in out
    assert "critical  tcp_port 127.0.0.1" in out
    assert "in its place the script 'agree': 2 requests," in out
    assert "really: tier large, at most $0.2 a run" in out
    assert {path.name for path in config.parent.iterdir()} == {"config.yaml", "inspections"}


@pytest.mark.parametrize("tier", ["small", "local"])
def test_a_model_that_answers_nonsense_is_no_answer_and_the_checks_are_told_all_the_same(
    config: Path, capsys: pytest.CaptureFixture[str], tier: str
) -> None:
    file = write(config, tier=tier)

    code, out = tried(config, capsys, str(file), "--script", "garbage", "--json")

    told = json.loads(out)
    assert code == 1
    assert told["verdict"] == "critical"
    assert "model: the model's API answered something that is no message" in told["unanswered"][0]
    assert [finding["check"] for finding in told["findings"]] == ["tcp_port", "disk"]
    assert len(told["model_requests"]) >= 1


def test_no_model_is_asked_where_that_is_wanted(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(config)
    code, out = tried(config, capsys, "mine", "--without-model")
    assert (code, "model: not asked" in out) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["mien"], "there is no document 'mien'"),
        (["broken"], "broken.md:3: "),
        (["mine", "--script", "nope"], "nope: cannot be read"),
    ],
)
def test_what_cannot_be_tried_is_said(
    config: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    write(config)
    (config.with_name("inspections") / "broken.md").write_text("---\nid: broken\nchecks: [no_such]\n---\n")

    code, out = tried(config, capsys, *arguments)

    assert code == 2
    assert said in out


def test_whoever_interrupts_it_sees_no_failure(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(tools: object, characters: int) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr("probed.authoring.trial.Exchange", interrupted)
    (tmp_path / "d.md").write_text("---\nid: d\nchecks: []\nagent: {when: always, budget_usd: 0.1}\n---\nLook.\n")
    tmp_path.chmod(0o700)

    assert main(["inspection", "test", "--script=hang", "--", str(tmp_path / "d.md")]) == INTERRUPTED

    assert caplog.text == ""


def test_no_text_of_the_host_steers_the_terminal(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sly = config.parent / "a\x1b]0;x\x07b\u202ec"
    file = config.with_name("inspections") / "sly.md"
    file.write_text(f"---\nid: sly\nchecks:\n  - file: {{path: {json.dumps(str(sly))}}}\n---\n")

    for options in ([], ["--json"]):
        code, out = tried(config, capsys, "sly", *options)
        assert code == 0
        assert "x1b" in out or "u001b" in out
        assert not set(out) & {"\x1b", "\x07", "\u202e"}
