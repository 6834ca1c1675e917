"""What install.sh says when it cannot go on; what it does is in tests/e2e/test_install.py."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

TREE = Path(__file__).parents[1]
FILES = (
    "install",
    "install.sh",
    "pyproject.toml",
    "requirements.lock",
    "requirements-otel.lock",
    "requirements-web.lock",
    "requirements-build.lock",
)
INTERPRETERS = ("python3", "python3.11", "python3.12", "python3.13")
TOO_OLD = """\
#!/bin/sh
[ "$1" = --version ] && echo "Python 3.9.2" && exit 0
exit 1
"""
RECORDS = """\
#!/bin/sh
if [ "$1 $2" = "-m venv" ]; then mkdir -p "$4/bin" && cp "$0" "$4/bin/python"; fi
if [ "$2" = pip ]; then echo "$@" >>"$RECORD" && exit 1; fi
"""
"""A Python that writes down what pip is to install, and does not."""
NO_APT = "#!/bin/sh\nexit 100\n"


def checkout(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in FILES:
        (shutil.copytree if (TREE / name).is_dir() else shutil.copy)(TREE / name, folder / name)
    return folder


def stubbed(folder: Path, programs: Mapping[str, str]) -> dict[str, str]:
    """The environment in which `programs` are found first."""
    folder.mkdir()
    for name, script in programs.items():
        (folder / name).write_text(script)
        (folder / name).chmod(0o755)
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}


def install(tree: Path, *words: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    argv = ["./install.sh", *words]
    return subprocess.run(argv, cwd=tree, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, env=env)


def test_too_old_a_python_is_named_with_what_would_help(tmp_path: Path) -> None:
    env = stubbed(tmp_path / "bin", {**dict.fromkeys(INTERPRETERS, TOO_OLD), "apt-get": "#!/bin/sh\nexit 0\n"})

    done = install(checkout(tmp_path / "tree"), "try", env=env)

    assert done.returncode == 1
    assert "needs Python 3.11 or newer, and this is Python 3.9.2" in done.stderr
    assert "apt-get install python3-venv" in done.stderr
    assert not (tmp_path / "tree" / ".venv").exists()


def test_a_package_that_cannot_be_installed_is_named(tmp_path: Path) -> None:
    env = stubbed(tmp_path / "bin", {**dict.fromkeys(INTERPRETERS, TOO_OLD), "apt-get": NO_APT})

    done = install(checkout(tmp_path / "tree"), "try", env=env)

    assert done.returncode == 1
    assert "python3-venv" in done.stderr


def test_a_folder_whose_path_is_too_long_for_a_socket_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    tree = checkout(tmp_path / ("deep" * 30))

    done = install(tree, "try")

    assert done.returncode == 1
    assert "too long for a Unix socket" in done.stderr
    assert sorted(path.name for path in tree.iterdir()) == sorted(FILES)


def test_a_word_it_does_not_know_is_a_mistake_of_use(tmp_path: Path) -> None:
    done = install(checkout(tmp_path / "tree"), "tyr")

    assert done.returncode == 2
    assert "./install.sh try" in done.stderr


def test_an_option_of_try_that_it_does_not_know_is_refused(tmp_path: Path) -> None:
    done = install(checkout(tmp_path / "tree"), "try", "--onec")

    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "install.sh: there is no '--onec' with try"


@pytest.mark.parametrize(
    "words",
    [
        ("--purge",),
        ("--uninstall", "--wheels"),
        ("--uninstall", "--with-tracing"),
        ("try", "--dry-run"),
        ("setup", "--once"),
    ],
)
def test_an_option_that_does_not_go_with_what_is_asked_for_is_named(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = install(checkout(tmp_path / "tree"), *words)

    assert done.returncode == 2
    assert f"there is no '{words[-1]}'" in done.stderr


def test_a_folder_without_wheels_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    tree = checkout(tmp_path / "tree")

    done = install(tree, "try", "--wheels", str(tmp_path))

    assert done.returncode == 2
    assert f"'{tmp_path}' is none" in done.stderr
    assert not (tree / ".venv").exists()


@pytest.mark.parametrize(
    ("words", "locks"),
    [
        ((), "requirements.lock"),
        (("--with-tracing",), "requirements.lock -r requirements-otel.lock"),
        (("--with-web", "--with-web"), "requirements.lock -r requirements-web.lock"),
        (("--with-web", "--with-tracing"), "requirements.lock -r requirements-web.lock -r requirements-otel.lock"),
    ],
)
def test_what_sends_traces_or_serves_pages_is_installed_where_it_is_asked_for(
    tmp_path: Path, words: tuple[str, ...], locks: str
) -> None:
    env = stubbed(tmp_path / "bin", {"python3.13": RECORDS}) | {"RECORD": f"{tmp_path}/asked"}
    tree = checkout(tmp_path / "tree")

    install(tree, "try", "--once", *words, env=env)

    assert f"--require-hashes -r {locks} -r requirements-build.lock" in (tmp_path / "asked").read_text()


def test_help_tells_every_way_to_call_it(tmp_path: Path) -> None:
    done = install(checkout(tmp_path / "tree"), "--help")

    assert done.returncode == 0
    options = ("--uninstall", "--with-docker", "--with-tracing", "--with-web", "--dry-run", "--wheels DIR")
    for words in ("try --once", "try --demo", "try --tour", "setup", *options):
        assert words in done.stdout


def test_a_word_that_it_does_not_know_is_named_below_the_help(tmp_path: Path) -> None:
    done = install(checkout(tmp_path / "tree"), "tri")

    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "install.sh: there is no 'tri'"
