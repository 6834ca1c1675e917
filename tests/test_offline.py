from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from probed.__main__ import main

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
