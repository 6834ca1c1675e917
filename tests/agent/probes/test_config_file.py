from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from probed.agent.probes import config_file
from probed.agent.probes.probe import Probe
from probed.agent.probes.reach import Reach, holds_secrets
from probed.config.agent import ProbeSettings
from probed.errors import HostFailed
from tests.agent.probes.asking import ask, rows_of

CONFIGURATION = """\
# redis
bind 127.0.0.1
requirepass foobared
masterauth "quux"
dir /var/lib/redis
tls-key-file /etc/redis/tls.key
stats auth admin:swordfish
db_password = hunter2
ssl_certificate_key /etc/ssl/private/web.key;
passwd:         files systemd
"""


@pytest.fixture
def probe(tmp_path: Path) -> Probe[Any]:
    return config_file.probe(Reach(ProbeSettings(config_files=(f"{tmp_path}/*.conf", f"{tmp_path}/*", "/etc/*"))))


async def test_the_lines_are_shown_without_their_secrets(probe: Probe[Any], tmp_path: Path) -> None:
    (tmp_path / "app.conf").write_text(CONFIGURATION)

    rows = rows_of(await ask(probe, path=f"{tmp_path}/app.conf"))
    text = "\n".join(row["text"] for row in rows)

    assert [secret for secret in ("foobared", "quux", "swordfish", "hunter2") if secret in text] == []
    assert [row["line"] for row in rows] == list(range(1, 11))
    for kept in ("bind 127.0.0.1", "requirepass ", "/var/lib/redis", "/etc/ssl/private/web.key", "files systemd"):
        assert kept in text


async def test_without_a_path_those_that_may_be_shown_are_listed(probe: Probe[Any], tmp_path: Path) -> None:
    (tmp_path / "app.conf").write_text("x")
    (tmp_path / "api_key.conf").write_text("x")

    paths = [row["path"] for row in rows_of(await ask(probe))]

    assert f"{tmp_path}/app.conf" in paths
    assert f"{tmp_path}/api_key.conf" not in paths
    assert not any("shadow" in path for path in paths)


@pytest.mark.parametrize(
    "name", ["../x.conf", "shadow", "server.key", "api_token.conf", "credentials", ".netrc", "sub/x.conf", "link.conf"]
)
async def test_what_holds_secrets_and_what_is_not_listed_is_never_shown(
    probe: Probe[Any], tmp_path: Path, name: str
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "server.key").write_text("hunter2")
    (tmp_path / "link.conf").symlink_to(tmp_path / "server.key")
    path = tmp_path / name
    if not path.is_symlink():
        path.write_text("hunter2")

    with pytest.raises(HostFailed, match="may not be shown"):
        await ask(probe, path=str(path))


@pytest.mark.parametrize("path", ["/etc/shadow", "/etc/gshadow", "/etc/passwd-", "/etc/ssh/ssh_host_ed25519_key"])
def test_secrets_of_the_system_are_refused_whatever_is_allowed(path: str) -> None:
    assert holds_secrets(path)


async def test_what_is_no_text_is_said_so(probe: Probe[Any], tmp_path: Path) -> None:
    (tmp_path / "app.conf").write_bytes(b"\x7fELF\0\0")

    with pytest.raises(HostFailed, match="is no text"):
        await ask(probe, path=f"{tmp_path}/app.conf")


async def test_of_a_large_file_both_ends_are_shown(probe: Probe[Any], tmp_path: Path) -> None:
    (tmp_path / "app.conf").write_text("".join(f"a = {number}\n" for number in range(100_000)))

    answer = await ask(probe, path=f"{tmp_path}/app.conf", lines=40)

    assert answer["rows"][0] == [1, "a = 0"]
    assert len(answer["last_rows"]) == 10
    assert "more than" in answer["note"]
