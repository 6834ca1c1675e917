"""Files that a person has asked for."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from cortexctl.exits import Exit
from cortexctl.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def new_file(path: str, another: str = "another name: --output FILE") -> Iterator[IO[bytes]]:
    """For its owner alone, and never in the place of another; gone again where it does not become whole.

    `another`: what to do where there is one."""
    try:
        file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except FileExistsError:
        raise Failure(f"{path} exists already", another, exit_=Exit.REFUSED) from None
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror}") from None
    try:
        with file:
            yield file
    except BaseException as error:
        os.unlink(path)
        if isinstance(error, OSError):
            raise Failure(f"{path} cannot be written: {error.strerror}") from None
        raise
