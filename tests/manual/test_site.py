"""The site is built from the guide and from the code, with every link and anchor followed, and fetches nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TREE = Path(__file__).parents[2]
FETCHED = re.compile(
    r"<(?:script|img|iframe)[^>]* src=\"(?:https?:)?//|<link[^>]* href=\"(?:https?:)?//|url\((?:https?:)?//"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    argv = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(folder)]
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(argv, cwd=TREE, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    return folder


def test_every_page_of_the_guide_and_of_the_reference_is_there(site: Path) -> None:
    named = re.findall(r": ([\w/-]+)\.md$", (TREE / "mkdocs.yml").read_text(), re.MULTILINE)

    assert len(named) > 20
    assert [page for page in named if not (site / f"{page}.html").exists()] == []


def test_it_can_be_read_without_a_network(site: Path) -> None:
    pages = [*site.rglob("*.html"), *site.rglob("*.css")]

    assert [page.name for page in pages if FETCHED.search(page.read_text())] == []
