"""What is not Python comes along too."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.conftest import require

ROOT = Path(__file__).parents[3]


def test_the_style_sheet_is_in_the_wheel(tmp_path: Path) -> None:
    require("hatchling", present=importlib.util.find_spec("hatchling") is not None)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]

    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)

    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read("cortexctl/tui/cortex.tcss") == (ROOT / "cortexctl/tui/cortex.tcss").read_bytes()
