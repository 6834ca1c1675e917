"""What rpm says, as rpm 4.18 prints it; the real dpkg is asked in tests/checks/test_file_integrity.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from probed.host import package_files
from tests.conftest import require

SCRIPT = """#!/bin/sh
case "$*" in
*-qf*) [ "${*##* }" = /usr/bin/own ] && { echo "file /usr/bin/own is not owned by any package"; exit 1; }; printf demo;;
*--verify*) echo "%s"; exit 1;;
esac
"""


@pytest.mark.parametrize(
    ("told", "path", "expected"),
    [
        ("", "/usr/bin/demo", {"/usr/bin/demo": "demo"}),
        ("S.5....T.    /usr/bin/demo", "/usr/bin/demo", {}),
        (".M.......    /usr/bin/demo", "/usr/bin/demo", {"/usr/bin/demo": "demo"}),
        ("S.5....T.  c /etc/demo.conf", "/usr/bin/demo", {"/usr/bin/demo": "demo"}),
        ("S.5....T.  c /etc/demo.conf", "/etc/demo.conf", {}),
        ("..?......    /usr/bin/demo", "/usr/bin/demo", {}),
        ("", "/usr/bin/own", {}),
    ],
)
def test_rpm_says_whether_the_content_is_the_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str, path: str, expected: dict[str, str]
) -> None:
    script = tmp_path / "rpm"
    script.write_text(SCRIPT.replace("%s", told))
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    assert package_files.as_shipped([path], root=str(tmp_path)) == expected


def test_this_hosts_own_programs_are_as_their_packages_bring_them() -> None:
    require("dpkg", present=Path("/var/lib/dpkg/status").exists())
    assert set(package_files.as_shipped(["/bin/ls", "/usr/bin/cat", "/etc/hostname", "/nothing"])) == {
        "/bin/ls",
        "/usr/bin/cat",
    }
