from __future__ import annotations

from pathlib import Path

import pytest

from probed.config.defaults import Surroundings
from probed.config.origin import Setting, settings_with_origin
from probed.config.yaml_tree import Tree, parse_yaml

TEXT = """\
mode: act
telegram:
  token_file: bot-token
people:
  - {name: ann}
"""


def test_each_setting_says_where_it_comes_from(tmp_path: Path) -> None:
    shown = {
        "mode": "act",
        "telegram": {"token_file": f"{tmp_path}/bot-token", "language": "en"},
        "people": [{"name": "ann"}],
        "api": {"socket": "/run/user/7/cortex/probed.sock"},
        "channels": {},
    }
    around = Surroundings(
        is_system=False, environ={"CREDENTIALS_DIRECTORY": str(tmp_path), "XDG_RUNTIME_DIR": "/run/user/7"}
    )

    found = list(settings_with_origin(shown, parse_yaml(TEXT), tmp_path / "config.yaml", around))

    assert found == [
        Setting("mode", "act", "file", 1),
        Setting("telegram.token_file", f"{tmp_path}/bot-token", "credential", 3, "bot-token"),
        Setting("telegram.language", "en", "default"),
        Setting("people", [{"name": "ann"}], "file", 4),
        Setting("api.socket", "/run/user/7/cortex/probed.sock", "environment", None, "XDG_RUNTIME_DIR"),
        Setting("channels", {}, "default"),
    ]
    assert [setting.words for setting in found[:3]] == ["line 1", "credential bot-token", "default"]


@pytest.mark.parametrize("around", [Surroundings(is_system=True, environ={"XDG_RUNTIME_DIR": "/run/user/0"})])
def test_the_systems_socket_is_no_matter_of_the_environment(around: Surroundings) -> None:
    [found] = settings_with_origin({"api": {"socket": "/run/cortex/probed.sock"}}, Tree(), None, around)

    assert found.origin == "default"
