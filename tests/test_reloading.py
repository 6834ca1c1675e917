"""The command that has the daemon take over what was written, for each way to install it."""

from __future__ import annotations

from pathlib import Path

import pytest

from probed import reloading
from probed.config.api import ApiSettings
from probed.config.defaults import with_defaults
from probed.config.settings import Settings
from probed.reloading import reload_command


def test_of_the_host_s_own_daemon_it_is_the_system_manager_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system = tmp_path / "config.yaml"
    system.touch()
    monkeypatch.setattr(reloading, "SYSTEM_CONFIG", system)

    assert reload_command(None, with_defaults(Settings())) == "sudo systemctl reload cortex-probed"
    assert reload_command(system, with_defaults(Settings())) == "sudo systemctl reload cortex-probed"


def test_of_any_other_it_is_asked_for_at_its_socket(tmp_path: Path) -> None:
    settings = with_defaults(Settings(api=ApiSettings(socket=tmp_path / "two words" / "probed.sock")))

    told = reload_command(tmp_path / "config.yaml", settings)

    assert told == f"cortexctl --socket '{tmp_path}/two words/probed.sock' config reload"
