from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.audit import verdict

SOUND = {"name": "httpx", "version": "0.28.1", "vulns": [], "fixes": []}
SKIPPED = {"name": "rich", "skip_reason": "not found"}
VULNERABLE = {"name": "h11", "version": "0.1", "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["0.2"]}]}


@pytest.mark.parametrize(
    ("dependencies", "code", "text"),
    [
        ([SOUND], 0, "1 packages without a known vulnerability"),
        ([SOUND, SKIPPED], 0, "1 packages without a known vulnerability; not in the database: rich"),
        ([SOUND, SKIPPED, VULNERABLE], 1, "known vulnerabilities:\nh11 0.1: PYSEC-2026-1"),
        ([SKIPPED], 0, "not audited: the database of vulnerabilities cannot be reached from here"),
        ([], 0, "not audited: the database of vulnerabilities cannot be reached from here"),
    ],
)
def test_a_known_vulnerability_fails_and_a_database_out_of_reach_is_said(
    dependencies: list[dict[str, object]], code: int, text: str
) -> None:
    assert verdict(dependencies) == (code, text)


@pytest.mark.parametrize(("line", "code"), [("import telnetlib", 1), ("import json", 0)])
def test_bandit_looks_for_what_ruff_does_not_justify(tmp_path: Path, line: str, code: int) -> None:
    module = tmp_path / "module.py"
    module.write_text(f"{line}\n")
    bandit = Path(sys.executable).with_name("bandit")
    configuration = Path(__file__).parents[1] / "pyproject.toml"

    done = subprocess.run([bandit, "-q", "-c", configuration, module], capture_output=True, check=False)

    assert done.returncode == code
