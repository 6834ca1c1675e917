"""The package as others build and install it: `uv build`, `pipx install`."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import venv
from collections.abc import Sequence
from pathlib import Path

import pytest

TREE = Path(__file__).parents[1]


def run(argv: Sequence[str | Path], cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(argv, cwd=cwd, env=env, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the source package, as `uv build` and `python -m build` do it."""
    folder = tmp_path_factory.mktemp("dist")
    run([sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder], TREE)
    (packed,) = folder.glob("*.tar.gz")
    with tarfile.open(packed) as archive:
        archive.extractall(folder, filter="data")
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], folder / packed.name[:-7])
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh one with what is locked and the wheel, as pipx makes it."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    pip: list[str | Path] = [folder / "bin/python", "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    run([*pip, "--no-deps", "--require-hashes", "-r", TREE / "requirements.lock"], folder)
    run([*pip, "--no-index", wheel], folder)
    return folder


def test_the_wheel_is_whole_in_an_environment_of_its_own(environment: Path, tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path), "PATH": os.environ["PATH"]}
    config = tmp_path / "config.yaml"
    config.touch(mode=0o600)

    assert "cortexctl 0." in run([environment / "bin/cortexctl", "version"], tmp_path, home)
    assert ": ok, mode observe" in run(
        [environment / "bin/probed", "config", "check", "--config", config], tmp_path, home
    )
    shipped = sorted(path.name for path in (TREE / "inspections").glob("*.md"))
    found = run(
        [environment / "bin/probed", "validate", "--config", config, environment / "share/cortex/inspections"],
        tmp_path,
        home,
    )
    assert sorted(Path(line.split(":")[0]).name for line in found.splitlines()) == shipped
    pages = sorted(str(page.relative_to(environment / "share/man")) for page in environment.glob("share/man/*/c*"))
    assert pages == ["man1/cortexctl.1", "man5/cortex-config.5"]
    complete: list[str | Path] = [environment / "bin/cortexctl", "__complete", "bash", "cortexctl al", "12", "al"]
    assert run(complete, tmp_path, home).strip() == "alerts"
    assert (environment / "share/bash-completion/completions/cortexctl").exists()
    assert "disk-full " in run([environment / "bin/cortexctl", "drill", "--list"], tmp_path, home)
    rules = "from probed.agent.service_secrets import rules; print(len(rules()) > 150)"
    assert run([environment / "bin/python", "-c", rules], tmp_path, home).strip() == "True"
    run([environment / "bin/python", "-m", "pip", "check"], tmp_path, home)
