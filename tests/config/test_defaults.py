from __future__ import annotations

import socket
from pathlib import Path

import pytest

from probed.config.api import ApiSettings
from probed.config.backup import BackupSettings
from probed.config.defaults import Surroundings, default_inspections, with_defaults
from probed.config.inspections import InspectionsSettings
from probed.config.monitor import MonitorSettings
from probed.config.settings import Settings
from probed.errors import ConfigError


def user(**environ: str) -> Surroundings:
    return Surroundings(is_system=False, environ=environ)


SYSTEM = Surroundings(is_system=True, environ={"XDG_RUNTIME_DIR": "/run/user/0", "XDG_STATE_HOME": "/root/state"})


def test_the_systems_daemon_uses_the_systems_places() -> None:
    settings = with_defaults(Settings(), SYSTEM)

    assert settings.api.socket == Path("/run/cortex/probed.sock")
    assert settings.monitor.path == Path("/var/lib/cortex/monitor.db")


def test_a_users_daemon_uses_the_users_places() -> None:
    settings = with_defaults(Settings(), user(XDG_RUNTIME_DIR="/run/user/7", XDG_STATE_HOME="/home/ann/.state"))

    assert settings.api.socket == Path("/run/user/7/cortex/probed.sock")
    assert settings.monitor.path == Path("/home/ann/.state/cortex/monitor.db")


def test_the_root_helper_is_asked_by_the_systems_own_user_alone() -> None:
    root = Surroundings(is_system=True, environ={}, is_root=True)

    assert with_defaults(Settings(), SYSTEM).actions.helper.socket == Path("/run/cortex-helper.sock")
    assert with_defaults(Settings(), root).actions.helper.socket is None
    assert with_defaults(Settings(), user(XDG_RUNTIME_DIR="/run/user/7")).actions.helper.socket is None


def test_without_xdg_state_home_the_state_is_below_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")

    settings = with_defaults(Settings(), user(XDG_RUNTIME_DIR="/run/user/7"))

    assert settings.monitor.path == Path("/home/ann/.local/state/cortex/monitor.db")


def test_without_a_runtime_folder_the_user_is_told_which_key_to_give() -> None:
    with pytest.raises(ConfigError, match=r"give the path of the socket as api\.socket"):
        with_defaults(Settings(), user())


def test_a_default_socket_path_that_is_too_long_is_refused() -> None:
    with pytest.raises(ConfigError, match="has at most 107 bytes"):
        with_defaults(Settings(), user(XDG_RUNTIME_DIR="/" + "x" * 100))


def test_what_is_given_stays() -> None:
    given = Settings(
        host="web",
        api=ApiSettings(socket=Path("/tmp/a.sock")),
        monitor=MonitorSettings(path=Path("/tmp/a.db")),
        backup=BackupSettings(dir=Path("/tmp/backups")),
        inspections=InspectionsSettings(dir=Path("/tmp/inspections")),
    )

    assert with_defaults(given, user()) == given


def test_the_host_is_named_by_its_host_name() -> None:
    assert with_defaults(Settings(), SYSTEM).host == socket.gethostname()


def test_the_hosts_own_inspections_come_before_the_shipped_ones(tmp_path: Path) -> None:
    around = Surroundings(is_system=True, environ={}, root=tmp_path)
    shipped = default_inspections(around)

    (tmp_path / "etc/cortex/inspections").mkdir(parents=True)

    assert default_inspections(around) == tmp_path / "etc/cortex/inspections"
    assert shipped != tmp_path / "etc/cortex/inspections"
    assert shipped.name == "inspections"
    assert shipped.is_dir()


def test_root_runs_the_systems_daemon_and_a_user_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {}
    for uid in (0, 1, 4_000_000_000):
        monkeypatch.setattr("os.geteuid", lambda uid=uid: uid)
        found[uid] = Surroundings.here().is_system

    assert found == {0: True, 1: False, 4_000_000_000: False}


def test_the_systems_configuration_means_the_systems_places_whoever_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 4_000_000_000)

    around = Surroundings.here(of_system=True)

    assert with_defaults(Settings(), around).api.socket == Path("/run/cortex/probed.sock")


@pytest.mark.parametrize(
    ("user", "is_shown", "has_helper"), [("daemon", True, True), ("daemon", False, False), ("none-such", True, False)]
)
def test_root_sees_the_services_own_defaults_and_has_others(
    user: str, is_shown: bool, has_helper: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("probed.config.defaults.SYSTEM_USER", user)

    around = Surroundings.here(of_system=True, is_shown=is_shown)

    assert bool(with_defaults(Settings(), around).actions.helper.socket) is has_helper


def test_the_user_cortex_runs_the_systems_daemon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1)
    monkeypatch.setattr("probed.config.defaults.SYSTEM_USER", "daemon")

    assert Surroundings.here().is_system
