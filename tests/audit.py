"""Whether a vulnerability is known in what is installed with Cortex: `requirements.lock`, by pip-audit.

Ends with 1 where there is one. Where the database of vulnerabilities cannot be reached it says so, and ends with 0.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parents[1] / "requirements.lock"
WITHIN_S = 180.0
WORDS = ("--require-hashes", "--disable-pip", "--progress-spinner=off", "--timeout=10", "--format=json")


def main() -> int:
    argv = [str(Path(sys.executable).with_name("pip-audit")), f"--requirement={LOCK}", *WORDS]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=WITHIN_S, check=False)
        code, text = verdict(json.loads(done.stdout)["dependencies"])
    except (subprocess.TimeoutExpired, ValueError):
        code, text = verdict([])
    print(text, file=sys.stderr)
    return code


def verdict(dependencies: Sequence[Mapping[str, Any]]) -> tuple[int, str]:
    """Exit code and words, of pip-audit's JSON."""
    known = [
        f"{each['name']} {each['version']}: {found['id']}" for each in dependencies for found in each.get("vulns", ())
    ]
    looked_up = [each for each in dependencies if "skip_reason" not in each]
    if known:
        return 1, "known vulnerabilities:\n" + "\n".join(known)
    if not looked_up:
        return 0, "not audited: the database of vulnerabilities cannot be reached from here"
    missing = [each["name"] for each in dependencies if each not in looked_up]
    return 0, f"{len(looked_up)} packages without a known vulnerability" + (
        f"; not in the database: {', '.join(missing)}" if missing else ""
    )


if __name__ == "__main__":
    sys.exit(main())
