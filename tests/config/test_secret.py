from __future__ import annotations

import os
from pathlib import Path

import pytest

from probed.config.secret import read_secret
from probed.errors import ConfigError

KEY = "telegram.token_file"


def secret_file(folder: Path, content: bytes = b"12345:abc\n", mode: int = 0o600) -> Path:
    path = folder / "token"
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_that_only_its_owner_reads_gives_the_secret(tmp_path: Path, mode: int) -> None:
    assert read_secret(secret_file(tmp_path, mode=mode), KEY) == "12345:abc"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620])
def test_a_file_that_others_may_use_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    path = secret_file(tmp_path, mode=mode)

    with pytest.raises(ConfigError, match=rf"telegram\.token_file can be read by others; type: chmod 600 {path}"):
        read_secret(path, KEY)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    path = secret_file(tmp_path)
    os.chown(path, 65534, -1)

    with pytest.raises(ConfigError, match=rf"belongs to another user \(uid 65534\); type: chown 0 {path}"):
        read_secret(path, KEY)


@pytest.mark.parametrize("content", [b"", b"\n", b"two words", b"a\nb", b"\xff\xfe", b"\x00", b"x" * 5000])
def test_what_is_no_secret_is_refused_without_being_shown(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ConfigError, match="has to hold one word of printable ASCII") as caught:
        read_secret(secret_file(tmp_path, content), KEY)

    assert "two" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"telegram\.token_file cannot be read: No such file"):
        read_secret(tmp_path / "token", KEY)


def test_a_secret_in_the_place_of_its_file_is_not_shown(tmp_path: Path) -> None:
    token = "123456789:AAFakeTokenFakeTokenFakeTokenFake123"

    with pytest.raises(ConfigError, match=r"telegram\.token_file cannot be read") as caught:
        read_secret(tmp_path / token, KEY)

    assert token not in str(caught.value) + caught.value.path
