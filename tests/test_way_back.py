"""A configuration that was in force is put back, by the words that a person types."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from probed import way_back
from probed.configuration_copies import FOLDER, Copies, Copy
from probed.errors import CortexError, NotFound
from probed.offline import effective_settings
from tests.factories import NOW

NOW_WRITTEN = b"monitor: {path: monitor.db}\nmode: act\n"
BEFORE = b"monitor: {path: monitor.db}\nmode: observe\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """With one that was in force before."""
    path = tmp_path / "config.yaml"
    path.write_bytes(NOW_WRITTEN)
    path.chmod(0o640)
    Copies(tmp_path).keep(BEFORE, NOW)
    return path


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """By root, on a terminal, where the copy is the daemon's."""
    typed = io.StringIO()
    monkeypatch.setattr(typed, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", typed)
    is_daemons(monkeypatch)
    return typed


def is_daemons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(way_back, "ROOT", os.geteuid())
    read = Copy.read
    monkeypatch.setattr(Copy, "read", lambda copy: (read(copy)[0], os.geteuid() + 1))


def test_it_is_put_back_with_the_rights_of_what_it_replaces(config: Path) -> None:
    assert way_back.go(config, "", is_sure=False) == 0

    replaced = config.with_name("config.yaml.replaced")
    assert (config.read_bytes(), replaced.read_bytes()) == (BEFORE, NOW_WRITTEN)
    assert {path.stat().st_mode & 0o777 for path in (config, replaced)} == {0o640}
    assert names(config) == ["config.yaml", "config.yaml.replaced", FOLDER]


def test_until_it_is_known_to_be_a_configuration_nobody_else_can_read_it(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def look(path: Path) -> object:
        seen.append((path.name, path.stat().st_mode & 0o777))
        return effective_settings(path)

    monkeypatch.setattr(way_back, "effective_settings", look)

    way_back.go(config, "", is_sure=False)

    assert seen == [("config.yaml", 0o640), ("config.yaml.new", 0o600)]


def test_one_that_cannot_be_used_any_more_changes_nothing(config: Path) -> None:
    Copies(config.parent).keep(b"moed: act\n", NOW.replace(year=2100))

    with pytest.raises(CortexError, match="cannot be used any more: unknown key 'moed'"):
        way_back.go(config, "", is_sure=False)

    assert config.read_bytes() == NOW_WRITTEN
    assert names(config) == ["config.yaml", FOLDER]


def test_a_damaged_one_changes_nothing_and_is_told_as_what_was_read(config: Path) -> None:
    [copy] = Copies(config.parent).all()
    copy.path.write_bytes(b"mode: act\n")

    with pytest.raises(CortexError, match=f"{copy.path} is not what was kept there"):
        way_back.go(config, "", is_sure=True)

    assert config.read_bytes() == NOW_WRITTEN
    assert names(config) == ["config.yaml", FOLDER]


def test_a_link_stays_a_link(config: Path, tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    link = tmp_path / "etc" / "config.yaml"
    link.symlink_to(config)
    Copies(link.parent).keep(BEFORE, NOW)  # what a configuration names is named from where it is read

    way_back.go(link, "", is_sure=False)

    assert link.readlink() == config
    assert config.read_bytes() == BEFORE


def test_what_root_does_not_own_is_shown_and_written_only_with_a_yes(
    config: Path, typed: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    Copies(config.parent).keep(BEFORE + b"# \x1b[2J\n", NOW.replace(year=2100))
    with pytest.raises(CortexError, match="nothing was written"):
        way_back.go(config, "", is_sure=False)

    shown = capsys.readouterr().out.splitlines()
    assert "-mode: act" in shown
    assert "+mode: observe" in shown
    assert r"+# \x1b[2J" in shown
    assert config.read_bytes() == NOW_WRITTEN

    typed.write("y\n")
    typed.seek(0)
    assert way_back.go(config, "2026", is_sure=False) == 0
    assert config.read_bytes() == BEFORE


def test_a_script_has_to_say_that_it_is_sure(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    is_daemons(monkeypatch)

    with pytest.raises(CortexError, match="is not root's, and there is no terminal to ask on: read it, and say --yes"):
        way_back.go(config, "", is_sure=False)
    assert config.read_bytes() == NOW_WRITTEN

    assert way_back.go(config, "", is_sure=True) == 0
    assert config.read_bytes() == BEFORE


def test_what_is_written_already_is_left_alone(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_bytes(BEFORE)

    assert way_back.go(config, "2026", is_sure=False) == 0
    assert "already" in capsys.readouterr().out
    assert names(config) == ["config.yaml", FOLDER]
    with pytest.raises(NotFound, match="nothing to go back to"):
        way_back.go(config, "", is_sure=False)


def names(config: Path) -> list[str]:
    return sorted(path.name for path in config.parent.iterdir())
