"""Settings as a real sshd tells them, and as its files do."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.observation import Absent, Observation
from probed.host import sshd
from probed.host.command import Completed
from tests.checks.looking import judged, look
from tests.real.packages import program
from tests.real.users import as_nobody


@pytest.fixture
def config() -> Iterator[Path]:
    """Of a server that is installed; everybody may read it."""
    program("sshd", "openssh-server")
    Path("/run/sshd").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder, "sshd_config")


def findings(config: Path, *lines: str, **params: object) -> dict[str, Severity]:
    config.write_text("\n".join(lines) + "\n")
    seen = [item for item in look("ssh_settings", {"config": str(config), **params}) if isinstance(item, Observation)]
    return {each.object: severity for each in seen if (severity := judged(each)) and severity is not Severity.INFO}


DEFAULTS = ("KbdInteractiveAuthentication no", "UsePAM yes", "X11Forwarding yes", "Subsystem sftp /usr/lib/sftp-server")
"""As Debian ships it."""


@pytest.fixture(params=["told by sshd", "read in its files"])
def both_ways(request: pytest.FixtureRequest, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "read in its files":
        which = shutil.which
        monkeypatch.setattr(shutil, "which", lambda name, path=None: which(name, path=path) if name != "sshd" else None)


@pytest.mark.usefixtures("both_ways")
def test_a_server_as_it_comes_has_nothing_to_be_told_but_that_passwords_count(config: Path) -> None:
    assert findings(config, *DEFAULTS) == {}
    silent = look("ssh_settings", {"config": str(config), "password_logins": "off"})
    assert not [item for item in silent if isinstance(item, Observation) and judged(item)]
    assert findings(config, *DEFAULTS, password_logins="warning") == {"PasswordAuthentication": Severity.WARNING}


@pytest.mark.usefixtures("both_ways")
@pytest.mark.parametrize(
    ("line", "severity"),
    [
        ("PermitRootLogin yes", Severity.WARNING),
        ("permitemptypasswords=yes", Severity.CRITICAL),
        ("Ciphers aes256-ctr,aes128-cbc", Severity.WARNING),
        ("MACs hmac-md5,hmac-sha2-256", Severity.WARNING),
        ("KexAlgorithms +diffie-hellman-group14-sha1", Severity.WARNING),
        ('PubkeyAcceptedAlgorithms "+ssh-rsa"', Severity.WARNING),
        ("StrictModes no", Severity.WARNING),
        ("PermitUserEnvironment yes", Severity.WARNING),
        ("HostbasedAuthentication yes", Severity.WARNING),
        ("LogLevel QUIET", Severity.WARNING),
    ],
)
def test_what_makes_it_easier_to_get_in_is_told_by_setting(config: Path, line: str, severity: Severity) -> None:
    [(name, found)] = findings(config, line, *DEFAULTS).items()

    assert name.lower() == line.replace("=", " ").split()[0].lower()
    assert found is severity


@pytest.mark.usefixtures("both_ways")
def test_included_files_count_and_the_first_value_does(config: Path) -> None:
    included = config.parent / "sshd_config.d"
    included.mkdir()
    (included / "10-root.conf").write_text("PermitRootLogin yes\n")

    lines = (f"Include {included}/*.conf", "PermitRootLogin no", *DEFAULTS)

    assert findings(config, *lines) == {"PermitRootLogin": Severity.WARNING}
    assert findings(config, *reversed(lines)) == {}


@pytest.mark.usefixtures("both_ways")
def test_root_without_any_password_login_is_fine(config: Path) -> None:
    assert findings(config, "PermitRootLogin yes", "PasswordAuthentication no", *DEFAULTS) == {}


def test_a_finding_has_the_line_that_mends_it(config: Path) -> None:
    assert findings(config, "Ciphers aes256-ctr,aes128-cbc,3des-cbc")
    seen = {
        item.object: item for item in look("ssh_settings", {"config": str(config)}) if isinstance(item, Observation)
    }
    assert seen["Ciphers"].evidence["mended_by"] == "Ciphers -aes128-cbc,3des-cbc"

    assert findings(config, str(seen["Ciphers"].evidence["mended_by"])) == {}


def test_a_condition_is_not_taken_for_the_rule(config: Path) -> None:
    assert findings(config, *DEFAULTS, "Match User backup", "  PermitRootLogin yes") == {}


def test_a_user_who_may_not_read_the_keys_is_told_the_settings_in_force_all_the_same(config: Path) -> None:
    config.write_text("PermitRootLogin yes\n")
    with as_nobody():
        answer = look("ssh_settings", {"config": str(config)})

    assert not [item for item in answer if isinstance(item, Absent)]
    assert "hmac-sha2-256" in sshd.settings(str(config)).values["macs"]


def test_settings_that_cannot_be_told_or_read_are_said(config: Path) -> None:
    config.write_text("NoSuchSetting yes\nPermitRootLogin yes\n")
    answer = look("ssh_settings", {"config": str(config)})
    assert any(isinstance(item, Absent) and "NoSuchSetting" in item.what for item in answer)
    assert any(isinstance(item, Observation) and judged(item) is Severity.WARNING for item in answer)

    config.chmod(0o600)
    with as_nobody():
        [note] = look("ssh_settings", {"config": str(config)})
    assert isinstance(note, Absent)
    assert note.remedy


@pytest.fixture
def questions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What sshd was asked about."""
    asked: list[str] = []
    ask = sshd._ask

    def count(server: str, config: str) -> Completed:
        asked.append(config)
        return ask(server, config)

    monkeypatch.setattr(sshd, "_ask", count)
    return asked


def test_as_long_as_nothing_is_changed_sshd_is_not_asked_again(config: Path, questions: list[str]) -> None:
    for _ in range(3):
        assert findings(config, *DEFAULTS, "PermitRootLogin yes") == {"PermitRootLogin": Severity.WARNING}
    assert len(questions) == 1

    for _ in range(2):
        findings(config, "NoSuchSetting yes")
    assert len(questions) == 3


def test_after_an_hour_it_is_asked_all_the_same(
    config: Path, questions: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sshd, "KEPT_S", 0.0)
    for _ in range(2):
        findings(config, *DEFAULTS)

    assert len(questions) == 2


@pytest.mark.parametrize(
    "include", ["Include {}/*.conf", "include\t{}/*.conf", 'Match User backup\nInclude "{}/*.conf"']
)
def test_what_changes_in_an_included_file_is_seen_whatever_its_time_says(
    config: Path, questions: list[str], include: str
) -> None:
    folder = config.parent / "sshd_config.d"
    folder.mkdir()
    lines = (*DEFAULTS, include.format(folder))
    findings(config, *lines)
    (included := folder / "10.conf").write_text("PermitRootLogin no \n")
    findings(config, *lines)
    before = included.stat()
    included.write_text("PermitRootLogin yes\n")
    os.utime(included, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert included.stat().st_size == before.st_size

    found = findings(config, *lines)

    assert len(questions) == 3
    assert found == ({} if "Match" in include else {"PermitRootLogin": Severity.WARNING})


def test_where_there_are_too_many_files_to_look_through_sshd_is_asked_each_time(
    config: Path, questions: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sshd, "MOST_FILES", 1)
    for _ in range(2):
        findings(config, *DEFAULTS)

    assert len(questions) == 2
