from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from probed.__main__ import main
from probed.errors import ParameterError
from probed.offline import effective_settings, show_routes, validate

TOKEN = "123456789:AAFakeTokenFakeTokenFakeTokenFake123"


def test_a_secret_in_the_place_of_its_file_is_not_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        f"telegram: {{token_file: '{TOKEN}', chat_id: 5}}\nagent: {{api_key_file: {'sk-' + 'a1' * 10}}}\n"
    )
    config.chmod(0o600)

    assert main(["config", "show", "--config", str(config)]) == 0

    shown = capsys.readouterr().out
    assert TOKEN not in shown
    settings = yaml.safe_load(shown)
    assert settings["telegram"]["token_file"] == f"{tmp_path}/***telegram***"
    assert settings["agent"]["api_key_file"] == f"{tmp_path}/***anthropic***"


def test_the_addresses_where_messages_go_are_printed_without_what_opens_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        "alerts:\n  receivers:\n    - name: ops\n      webhook_configs:\n"
        "        - url: https://hooks.example.org/T0/opensesame?key=opensesame\n        - url: http://127.0.0.1:9000\n"
        "heartbeat: {url: https://hc.example.org/ping/opensesame}\n"
    )
    config.chmod(0o600)

    assert main(["config", "show", "--config", str(config)]) == 0

    shown = capsys.readouterr().out
    settings = yaml.safe_load(shown)
    assert "opensesame" not in shown
    assert settings["heartbeat"]["url"] == "https://hc.example.org/***secret***"
    urls = [each["url"] for each in settings["alerts"]["receivers"][0]["webhook_configs"]]
    assert urls == ["https://hooks.example.org/***secret***", "http://127.0.0.1:9000"]


def test_a_message_template_that_cannot_be_used_is_named_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "templates"
    folder.mkdir(mode=0o755)
    (folder / "alert.txt").write_text("$mark\n$titel\n")
    config = tmp_path / "config.yaml"
    config.write_text("telegram: {templates: templates}\n")
    config.chmod(0o600)

    assert main(["config", "check", "--config", str(config)]) == 2
    assert f"{folder}/alert.txt:2: there is no $titel" in capsys.readouterr().err

    (folder / "alert.txt").write_text("$mark\n$title\n")
    assert main(["config", "check", "--config", str(config)]) == 0


def test_where_an_alert_would_go_needs_no_daemon(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "c.yaml"
    routes = "[{matchers: [team=db], group_by: [team], group_wait: 0s}]"
    receivers = "[{name: ops, channels: [journal]}]"
    file.write_text(f"alerts: {{route: {{receiver: ops, routes: {routes}}}, receivers: {receivers}}}")
    file.chmod(0o600)

    assert show_routes(file, ["team=db", "a=b"], as_json=False) == 0
    assert capsys.readouterr().out.splitlines() == [
        '{}/{team="db"}  to ops (journal)',
        '  group {}/{team="db"}:{team="db"}, told after 0s, then every 5m, again after 4h',
    ]
    assert show_routes(file, [], as_json=True) == 0
    assert [route["depth"] for route in json.loads(capsys.readouterr().out)["routes"]] == [0, 1]
    with pytest.raises(ParameterError, match="no label"):
        show_routes(file, ["team"], as_json=False)


def test_a_member_reads_the_systems_configuration_as_its_daemon_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "c.yaml").touch(mode=0o600)
    monkeypatch.setattr("probed.offline.SYSTEM_CONFIG", tmp_path / "c.yaml")
    monkeypatch.setattr("probed.config.defaults._user_name", lambda uid: "ann")
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)

    assert effective_settings(None).api.socket == Path("/run/cortex/probed.sock")


@pytest.mark.parametrize("limit", ["day_usd: 0.5", "month_usd: 0.5", "inspection_usd: 0.5"])
def test_a_document_that_may_spend_more_than_is_allowed_is_not_valid(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], limit: str
) -> None:
    folder = tmp_path / "inspections"
    folder.mkdir(mode=0o700)
    (folder / "a.md").write_text("---\nid: a\nchecks: [load]\nagent: {when: always, budget_usd: 0.6}\n---\n")
    (tmp_path / "c.yaml").write_text(f"agent: {{budget: {{{limit}}}}}\n")
    (tmp_path / "c.yaml").chmod(0o600)

    assert validate(tmp_path / "c.yaml", folder) == 2
    assert "a.md:4: agent.budget_usd: a budget of $0.6 is above the limit of $0.5" in capsys.readouterr().err


def test_what_is_no_document_is_not_passed_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "hosts").touch()
    (tmp_path / "c.yaml").touch(mode=0o600)

    assert validate(tmp_path / "c.yaml", tmp_path / "hosts") == 2
    assert capsys.readouterr().err == f"{tmp_path}/hosts: no inspection; one is a file *.md\n"


@pytest.mark.parametrize("pace", ["-1", "nan", "inf", "slow"])
def test_the_demonstration_has_a_pace_from_0_on(pace: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["demo", f"--pace={pace}"])

    assert ended.value.code == 2
    assert "is no number from 0 on" in capsys.readouterr().err
