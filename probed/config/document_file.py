"""Writing a document: whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from probed.errors import ConfigError


def write_document(path: Path, text: str) -> None:
    """Whose it is stays as it was. Raises ConfigError."""
    half = path.with_name(f".{path.name}.new")
    try:
        half.write_text(text)
        half.chmod(0o644)
        if path.exists():
            status = path.stat()
            os.chown(half, status.st_uid, status.st_gid)
        half.replace(path)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise ConfigError(str(path), 0, f"cannot be written: {error.strerror}; try it with sudo") from error
