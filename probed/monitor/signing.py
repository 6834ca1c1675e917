"""The key that checkpoints are signed with (Ed25519), in a file beside the database: it is in no backup of it."""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from probed.errors import CannotPersist, ConfigError
from probed.monitor.backups import sync_folder
from probed.monitor.file import fault_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SUFFIX = ".key"
MODE = 0o600
PRIVATE_BYTES = 32


@dataclass(frozen=True, slots=True)
class Signer:
    """One key, which does not change while it signs."""

    private: bytes = field(repr=False)

    @property
    def public(self) -> str:
        return self._key().public_key().public_bytes_raw().hex()

    def sign(self, content: bytes) -> str:
        return self._key().sign(content).hex()

    def _key(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self.private)


class SigningKey:
    """Everything here blocks. The file holds the private key and, the newest last, all public ones that were ever in
    use: what was signed with an earlier one can be verified for ever. Raises ConfigError where others could read or
    change it, CannotPersist."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(f"{database.name}{SUFFIX}")
        self._lock = threading.Lock()
        """What was read is not replaced by another thread before it is written anew."""

    def known(self) -> Sequence[str] | None:
        """The public keys; None where none was made yet."""
        kept = self._read()
        return None if kept is None else kept[1]

    def signer(self, earlier: Iterable[str]) -> Signer:
        """The newest key. Where there is none one is made; `earlier` ones, which other hosts had, are kept."""
        with self._lock:
            kept = self._read()
            if kept is None:
                return self._renew(earlier)
            made, known = Signer(kept[0]), kept[1]
        if not known or made.public != known[-1]:
            raise ConfigError(str(self._path), 0, "the private key is not that of the newest public one")
        return made

    def renew(self) -> str:
        """The new public key; empty where there was none that could be made anew."""
        with self._lock:
            known = self.known()
            return self._renew(known).public if known else ""

    def _renew(self, earlier: Iterable[str]) -> Signer:
        made = Signer(os.urandom(PRIVATE_BYTES))
        self._write(made.private, [*dict.fromkeys(earlier), made.public])
        return made

    def _read(self) -> tuple[bytes, Sequence[str]] | None:
        try:
            with os.fdopen(os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)) as file:
                self._refuse_others(os.fstat(file.fileno()))
                kept = json.load(file)
            return _private(kept["private"]), [bytes.fromhex(key).hex() for key in kept["public"]]
        except FileNotFoundError:
            return None
        except OSError as error:
            raise CannotPersist(f"cannot read {self._path}: {error.strerror}") from error
        except (ValueError, TypeError, KeyError) as error:
            raise ConfigError(str(self._path), 0, "does not hold the keys that checkpoints are signed with") from error

    def _refuse_others(self, status: os.stat_result) -> None:
        if fault := fault_of(status):
            raise ConfigError(str(self._path), 0, fault)
        if stat.S_IMODE(status.st_mode) & 0o077:
            raise ConfigError(str(self._path), 0, f"can be read by others; type: chmod 600 {self._path}")

    def _write(self, private: bytes, public: Sequence[str]) -> None:
        half = self._path.with_name(f"{self._path.name}.half")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(half, flags, MODE), "w") as file:
                json.dump({"private": private.hex(), "public": public}, file)
                file.flush()
                os.fsync(file.fileno())
            half.replace(self._path)
            sync_folder(self._path.parent)
        except OSError as error:
            raise CannotPersist(f"cannot write {self._path}: {error.strerror}") from error


def _private(digits: str) -> bytes:
    """Raises ValueError, TypeError."""
    private = bytes.fromhex(digits)
    if len(private) != PRIVATE_BYTES:
        raise ValueError("no private key")
    return private


def holds(key: str, content: bytes, signature: str) -> bool:
    """Whether the signature is that of the public key over the content."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), content)
    except (InvalidSignature, ValueError):
        return False
    return True
