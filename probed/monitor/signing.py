"""The key that checkpoints are signed with (Ed25519), in a file beside the database: it is in no backup of it."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

from probed.errors import CannotPersist, ConfigError
from probed.monitor.backups import sync_folder
from probed.monitor.file import fault_of

SUFFIX = ".key"
MODE = 0o600


class SigningKey:
    """Everything here blocks. The file holds the private key and, the newest last, all public ones that were ever in
    use: what was signed with an earlier one can be verified for ever. Raises ConfigError where others could read or
    change it, CannotPersist."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(f"{database.name}{SUFFIX}")

    def known(self) -> Sequence[str] | None:
        """The public keys; None where none was made yet."""
        kept = self._read()
        return None if kept is None else kept[1]

    def sign(self, content: bytes) -> str:
        """With the newest key. `public` makes one if that is needed."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        kept = self._read()
        if kept is None:
            raise CannotPersist(f"{self._path} is missing")
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(kept[0])).sign(content).hex()

    def public(self, earlier: Iterable[str]) -> str:
        """The newest public key. Where there is none one is made; `earlier` ones, which other hosts had, are kept."""
        known = self.known()
        return known[-1] if known else self._renew(earlier)

    def renew(self) -> str:
        """The new public key; empty where there was none that could be made anew."""
        known = self.known()
        return self._renew(known) if known else ""

    def _renew(self, earlier: Iterable[str]) -> str:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        private = Ed25519PrivateKey.generate()
        public = private.public_key().public_bytes_raw().hex()
        self._write(private.private_bytes_raw().hex(), [*dict.fromkeys(earlier), public])
        return public

    def _read(self) -> tuple[str, Sequence[str]] | None:
        try:
            with os.fdopen(os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)) as file:
                self._refuse_others(os.fstat(file.fileno()))
                kept = json.load(file)
            return str(kept["private"]), [bytes.fromhex(key).hex() for key in kept["public"]]
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

    def _write(self, private: str, public: Sequence[str]) -> None:
        half = self._path.with_name(f"{self._path.name}.half")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(half, flags, MODE), "w") as file:
                json.dump({"private": private, "public": public}, file)
                file.flush()
                os.fsync(file.fileno())
            half.replace(self._path)
            sync_folder(self._path.parent)
        except OSError as error:
            raise CannotPersist(f"cannot write {self._path}: {error.strerror}") from error


def holds(key: str, content: bytes, signature: str) -> bool:
    """Whether the signature is that of the public key over the content."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), content)
    except (InvalidSignature, ValueError):
        return False
    return True
