from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.inspection import CheckCall
from probed.core.observation import Absent, Observation
from probed.errors import ParameterError
from tests.checks.looking import REGISTRY, judged, look, observations
from tests.real.users import as_nobody


def make(path: Path, mode: int, *, folder: bool = False) -> Path:
    path.mkdir() if folder else path.touch()
    path.chmod(mode)
    return path


def findings(folder: Path, **params: object) -> set[str]:
    seen = [item for item in look("world_writable", {"paths": str(folder), **params}) if isinstance(item, Observation)]
    return {each.object for each in seen if judged(each)}


def test_what_everybody_can_write_is_told_with_its_mode(tmp_path: Path) -> None:
    deep = make(tmp_path / "deep", 0o755, folder=True)
    file, folder = make(deep / "app.conf", 0o666), make(tmp_path / "open", 0o777, folder=True)
    make(tmp_path / "fine.conf", 0o664)

    seen = observations("world_writable", {"paths": str(tmp_path)})

    assert set(seen) == {str(file), str(folder)}
    assert seen[str(file)].evidence["mode"] == "0666"
    assert judged(seen[str(file)]) is Severity.WARNING


def test_sticky_folders_links_pipes_and_what_is_left_out_do_not_count(tmp_path: Path) -> None:
    make(tmp_path / "tmp", 0o1777, folder=True)
    (tmp_path / "link").symlink_to("/dev/null")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "pipe").chmod(0o666)
    make(make(tmp_path / "demo", 0o777, folder=True) / "file", 0o666)

    assert findings(tmp_path, exclude=f"{tmp_path}/de*") == set()


def test_a_tree_of_them_is_one_finding_beside_some(tmp_path: Path) -> None:
    for number in range(40):
        make(tmp_path / f"file{number:02}", 0o666)

    found = findings(tmp_path)

    assert len(found) == 21
    assert "others" in found


def test_what_may_not_be_read_and_what_is_too_much_is_said() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        make(make(Path(folder, "closed"), 0o700, folder=True) / "file", 0o666)
        with as_nobody():
            seen, note = look("world_writable", {"paths": folder})
        assert isinstance(seen, Observation)
        assert judged(seen) is None
        assert isinstance(note, Absent)
        assert "closed" in note.what
        assert "too many" in str(look("world_writable", {"paths": folder, "max_files": 1})[-1])


def test_this_hosts_own_settings_are_looked_through() -> None:
    assert any(isinstance(item, Observation) for item in look("world_writable"))


def test_a_path_must_be_absolute() -> None:
    with pytest.raises(ParameterError) as told:
        REGISTRY.bind(CheckCall("world_writable", {"paths": "etc"}))
    assert told.value.field == "paths"
