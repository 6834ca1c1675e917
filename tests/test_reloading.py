"""The command that has the daemon take over what was written, for each way to install it."""

from __future__ import annotations

from pathlib import Path

import pytest

from probed import reloading
from probed.config.defaults import with_defaults
from probed.config.monitor import MonitorSettings
from probed.config.settings import Settings
from probed.reloading import reload_command


def test_of_the_host_s_own_daemon_it_is_the_system_manager_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system = tmp_path / "config.yaml"
    system.touch()
    monkeypatch.setattr(reloading, "SYSTEM_CONFIG", system)

    assert reload_command(None, with_defaults(Settings())) == "sudo systemctl reload cortex-probed"
    assert reload_command(system, with_defaults(Settings())) == "sudo systemctl reload cortex-probed"


@pytest.mark.parametrize("is_named", [True, False])
def test_of_a_user_s_daemon_it_is_the_user_s_manager_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_named: bool
) -> None:
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "ann"))
    folder = tmp_path / "settings" if is_named else tmp_path / "ann" / ".config"
    if is_named:
        monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))

    told = reload_command(folder / "cortex" / "config.yaml", with_defaults(Settings()))

    assert told == "systemctl --user reload cortex-probed"


def test_of_any_other_it_is_a_signal_to_the_process_that_its_lock_names(tmp_path: Path) -> None:
    settings = with_defaults(Settings(monitor=MonitorSettings(path=tmp_path / "two words" / "probed.db")))

    told = reload_command(tmp_path / "config.yaml", settings)

    assert told == f"kill -HUP $(cat '{tmp_path}/two words/probed.lock')"
