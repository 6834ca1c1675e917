from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probed.actions.cleaning import AllowedCleanings
from probed.config.actions import CleanFilesSettings
from probed.errors import ParameterError


def allow(*roots: Path | str) -> AllowedCleanings:
    return AllowedCleanings(CleanFilesSettings(roots=tuple(map(str, roots))))


@pytest.mark.parametrize(
    "root",
    ["/", "/etc", "/usr/share", "/proc/self", "/var", "/home", "/dev/shm", "/sys", "/var/lib", "/boot"],
)
def test_no_configuration_makes_the_system_itself_a_root(root: str) -> None:
    with pytest.raises(ParameterError, match=r"is a folder of the system|is too wide"):
        allow("/", root).parse({"root": root})


def test_hidden_folders_of_a_home_are_never_a_root(tmp_path: Path) -> None:
    (tmp_path / ".ssh" / "keys").mkdir(parents=True)

    for root in (tmp_path / ".ssh", tmp_path / ".ssh" / "keys"):
        with pytest.raises(ParameterError, match="is a hidden folder"):
            allow(tmp_path, root).parse({"root": str(root)})


@pytest.mark.parametrize("spelling", ["{0}/allowed/../secret", "{0}/allowed-not", "{0}/allowed/link", "{0}"])
def test_a_root_outside_is_refused_however_it_is_spelled(tmp_path: Path, spelling: str) -> None:
    for folder in ("allowed", "secret", "allowed-not"):
        (tmp_path / folder).mkdir()
    (tmp_path / "allowed" / "link").symlink_to(tmp_path / "secret")

    with pytest.raises(ParameterError, match=r"is not below actions.clean_files.roots"):
        allow(tmp_path / "allowed").parse({"root": spelling.format(tmp_path)})


def test_links_within_the_allowed_folders_are_resolved(tmp_path: Path) -> None:
    (tmp_path / "data" / "cache").mkdir(parents=True)
    (tmp_path / "short").symlink_to(tmp_path / "data")

    cleaning = allow(tmp_path / "short").parse({"root": f"{tmp_path}/short/cache"})

    assert cleaning.roots == (str(tmp_path / "data" / "cache"),)


def test_a_configured_root_stays_where_it_was_when_the_daemon_started(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "secret").mkdir()
    allowed = allow(tmp_path / "cache")

    (tmp_path / "cache").rmdir()
    (tmp_path / "cache").symlink_to(tmp_path / "secret")

    with pytest.raises(ParameterError, match="is not below"):
        allowed.parse({"root": str(tmp_path / "cache")})


def test_without_a_root_the_configured_ones_that_exist_count_once(tmp_path: Path) -> None:
    (tmp_path / "cache" / "sub").mkdir(parents=True)

    cleaning = allow(tmp_path / "cache" / "sub", tmp_path / "cache", tmp_path / "away", "/etc").parse({})

    assert cleaning.params == {"root": str(tmp_path / "cache"), "pattern": "*", "older_than_s": 604800.0}


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"older_than": 0}, "older_than"),
        ({"older_than": "-1d"}, "older_than"),
        ({"older_than": float("nan")}, "older_than"),
        ({"older_than": True}, "older_than"),
        ({"older_than": "7d", "older_than_s": 1}, "older_than"),
        ({"pattern": ""}, "pattern"),
        ({"pattern": "../*"}, "pattern"),
        ({"pattern": 7}, "pattern"),
        ({"older_than": "1" * 65 + "d"}, "older_than"),
        ({"older_than": [1] * 100_000}, "older_than"),
        ({"older_than": "1" * 1_000_000}, "older_than"),
        ({"max_bytes": "1" + " " * 1_000_000 + "x"}, "max_bytes"),
        ({"max_bytes": 0}, "max_bytes"),
        ({"max_bytes": "9" * 400}, "max_bytes"),
        ({"root": []}, "root"),
        ({"root": 7}, "root"),
        ({"root": "relative"}, "root"),
        ({"root": "/nowhere"}, "root"),
        ({"root": "/tmp\0"}, "root"),
        ({"root": ["/tmp"] * 17}, "root"),
        ({"shell": "rm -rf /"}, "shell"),
    ],
)
def test_an_unusable_parameter_is_named(params: dict[str, object], field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        allow("/tmp").parse(params)

    assert caught.value.field == field


def test_a_file_is_no_root(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ParameterError, match="is not a folder"):
        allow(tmp_path).parse({"root": str(tmp_path / "file")})


PARTS = st.sampled_from(["allowed", "secret", "link", "sub", "..", ".", "", "/", "etc", "*", "\n", ".ssh", "~"])
PATHS = st.lists(PARTS, max_size=6).map("/".join)
VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text(), max_size=3))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_parameter_leaves_the_allow_set(tmp_path: Path, data: st.DataObject) -> None:
    inside = tmp_path / "allowed"
    for folder in (inside / "sub" / ".ssh", tmp_path / "secret"):
        folder.mkdir(parents=True, exist_ok=True)
    if not (inside / "link").is_symlink():
        (inside / "link").symlink_to(tmp_path / "secret")
    path = st.one_of(PATHS, PATHS.map(lambda tail: f"{tmp_path}/{tail}"), PATHS.map(lambda tail: f"{inside}/{tail}"))
    names = st.sampled_from(["root", "pattern", "older_than", "older_than_s", "max_bytes", "x"])
    params = data.draw(st.dictionaries(names, VALUES, max_size=3))
    params |= data.draw(st.fixed_dictionaries({}, optional={"root": st.one_of(path, st.lists(path, max_size=3))}))

    try:
        cleaning = allow(inside).parse(params)
    except ParameterError:
        return

    for root in cleaning.roots:
        assert os.path.realpath(root) == root
        assert (root + "/").startswith(f"{inside}/")
        assert "/." not in root
    assert "/" not in cleaning.pattern
    assert cleaning.older_than_s >= 1
    assert allow(inside).parse(json.loads(json.dumps(cleaning.params))) == cleaning
