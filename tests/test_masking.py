"""`probed mask`: no secret of the configuration and nothing that looks like one leaves, whatever it stands in."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from probed.__main__ import main

HOOK = "https://hooks.example.org/T0/open-sesame-open"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """It names two secret files, one of them in a list."""
    for name, text in {"url": HOOK, "key": "correct horse battery"}.items():
        (tmp_path / name).write_text(f"{text}\n")
        (tmp_path / name).chmod(0o600)
    hooks = f"[{{url_file: {tmp_path}/url}}]"
    path = tmp_path / "config.yaml"
    path.write_text(
        f"agent: {{api_key_file: {tmp_path}/key}}\n"
        "heartbeat: {url_file: {secret_command: [/bin/echo, by-command]}}\n"
        f"alerts: {{receivers: [{{name: ops, webhook_configs: {hooks}}}], route: {{receiver: ops}}}}\n"
    )
    path.chmod(0o600)
    return path


def run(
    given: object, config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, object]:
    monkeypatch.setattr("sys.stdin", io.StringIO(given if isinstance(given, str) else json.dumps(given)))
    code = main(["mask", "--config", str(config)])
    out = capsys.readouterr().out
    return code, json.loads(out) if out else None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([f"to {HOOK}: 503"], ["to ***secret***: 503"]),
        (["POST /T0/open-sesame-open"], ["POST /T0/***secret***"]),
        (["the key is correct horse battery"], ["the key is ***secret***"]),
        (["it printed by-command"], ["it printed ***secret***"]),
        ([{"summary": 'said password="hunter2"'}], [{"summary": 'said password="***secret***"'}]),
        ([{"labels": {"db_password": "x", "team": "db"}}], [{"labels": {"db_password": "***secret***", "team": "db"}}]),
        (["http://a.example/x?key=9&a=b is down"], ["http://a.example/x?***query*** is down"]),
        ([1, None, True, {"token_file": "/etc/cortex/t"}], [1, None, True, {"token_file": "/etc/cortex/t"}]),
    ],
)
def test_what_is_secret_is_masked_and_the_rest_stays(
    config: Path,
    given: object,
    expected: object,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(given, config, monkeypatch, capsys) == (0, expected)


def test_what_looks_like_a_secret_is_masked_without_a_usable_configuration(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text("nonsense: 1\n")

    assert run(["DB_PASSWORD=hunter2"], config, monkeypatch, capsys) == (0, ["DB_PASSWORD=***secret***"])


def test_what_is_no_json_is_refused(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("DB_PASSWORD=hunter2", config, monkeypatch, capsys) == (2, None)
