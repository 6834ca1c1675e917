"""How a backup lies in its folder: compressed, and encrypted with age where the configuration says so."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import subprocess
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from probed.errors import CannotPersist, DamagedBackup

CHUNK_BYTES = 1 << 20
LEVEL = 3
"""A third of the time of gzip's usual level, for a few more bytes."""
AGE_WITHIN_S = 1800.0
MODE = 0o600
COMPRESSED, ENCRYPTED = ".gz", ".age"


def is_sealed(name: str) -> bool:
    """Whether a file of this name is a backup, and not the database itself."""
    return name.endswith((COMPRESSED, ENCRYPTED))


@dataclass(frozen=True, slots=True)
class Seal:
    """`recipient` encrypts, `identity` decrypts; without them a backup is only compressed."""

    recipient: str = ""
    identity: bytes = field(default=b"", repr=False)

    @property
    def suffix(self) -> str:
        return COMPRESSED + (ENCRYPTED if self.recipient else "")

    @property
    def can_open_its_own(self) -> bool:
        return not self.recipient or self.identity != b""

    def pack(self, content: Path, sealed: Path) -> str:
        """Write `sealed` and return the SHA-256 of what is in it. Blocks. Raises CannotPersist."""
        compressed = _half_done(sealed) if self.recipient else sealed
        try:
            with content.open("rb") as source, _new(compressed) as file:
                digest = _compress(source, file)
                os.fsync(file.fileno())
            if self.recipient:
                _age(["--recipient", self.recipient], compressed, sealed)
        except (OSError, subprocess.SubprocessError) as error:
            raise CannotPersist(f"cannot write {sealed}: {_words(error)}") from error
        finally:
            if compressed != sealed:
                compressed.unlink(missing_ok=True)
        return digest

    def unpack(self, sealed: Path, content: Path) -> str:
        """Write `content` and return its SHA-256. Blocks. Raises DamagedBackup and CannotPersist."""
        if sealed.suffix != ENCRYPTED:
            return _unpacked(sealed, content)
        if not self.identity:
            raise DamagedBackup(sealed.name, "it is encrypted; name the file with age's identity: --identity FILE")
        compressed = _half_done(content)
        try:
            _age(["--decrypt", "--identity", "-"], sealed, compressed, self.identity)
            return _unpacked(compressed, content)
        except (OSError, subprocess.SubprocessError) as error:
            raise DamagedBackup(sealed.name, f"it cannot be decrypted: {_words(error)}") from error
        finally:
            compressed.unlink(missing_ok=True)


def _compress(source: BinaryIO, file: BinaryIO) -> str:
    digest = hashlib.sha256()
    with gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=LEVEL, mtime=0) as target:
        while chunk := source.read(CHUNK_BYTES):
            digest.update(chunk)
            target.write(chunk)
    return digest.hexdigest()


def _unpacked(compressed: Path, content: Path) -> str:
    digest = hashlib.sha256()
    try:
        with gzip.open(compressed, "rb") as source, _new(content) as target:
            while chunk := source.read(CHUNK_BYTES):
                digest.update(chunk)
                target.write(chunk)
            os.fsync(target.fileno())
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DamagedBackup(compressed.name, f"it cannot be decompressed: {error}") from error
    except OSError as error:
        raise CannotPersist(f"cannot unpack {compressed}: {error.strerror}") from error
    return digest.hexdigest()


def _age(words: Sequence[str], source: Path, target: Path, identity: bytes = b"") -> None:
    """The secret key goes in by standard input; none stands in an argument but the public one."""
    program = shutil.which("age")
    if program is None:
        raise FileNotFoundError(2, "the program `age` is not installed; type: apt-get install age")
    argv = [program, *words, "--output", str(target), str(source)]
    done = subprocess.run(argv, input=identity, capture_output=True, timeout=AGE_WITHIN_S)
    if done.returncode:
        raise OSError(5, done.stderr.decode(errors="replace").strip()[:400] or f"age ended with {done.returncode}")
    target.chmod(MODE)


def _half_done(path: Path) -> Path:
    return path.with_name(f"{path.name}.half")


def _new(path: Path) -> BinaryIO:
    with suppress(FileNotFoundError):
        path.unlink()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, MODE)
    return os.fdopen(descriptor, "wb")


def _words(error: Exception) -> str:
    return str(getattr(error, "strerror", "") or error)
