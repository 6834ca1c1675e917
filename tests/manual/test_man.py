"""The manual pages are what the code says now, and man and mandoc find no fault in them.

After a wanted change: .venv/bin/python -m manual.man, then read the difference.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from manual.man import FOLDER, OTHERS, PAGES
from tests.real.packages import program

NO_DATE = 'missing date, using ""'


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_code_says_now(name: str) -> None:
    assert (FOLDER / name).read_text() == PAGES[name](), "type: .venv/bin/python -m manual.man"


@pytest.mark.parametrize("file", OTHERS, ids=lambda file: file.name)
def test_what_else_is_made_from_the_code_is_what_it_says_now(file: Path) -> None:
    assert file.read_text() == OTHERS[file](), "type: .venv/bin/python -m manual.man"


@pytest.mark.parametrize("name", PAGES)
def test_man_formats_a_page_without_a_warning(name: str) -> None:
    argv = [program("man", "man-db"), "--warnings", "--encoding=UTF-8", "--local-file", str(FOLDER / name)]

    done = subprocess.run(argv, env={**os.environ, "LC_ALL": "C.UTF-8"}, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert "SEE ALSO" in done.stdout


@pytest.mark.parametrize("name", PAGES)
def test_mandoc_finds_no_fault_in_a_page(name: str) -> None:
    argv = [program("mandoc", "mandoc"), "-T", "lint", "-W", "warning", str(FOLDER / name)]

    done = subprocess.run(argv, capture_output=True, text=True, check=False)

    assert [line for line in done.stdout.splitlines() if NO_DATE not in line] == []
