"""Files that may be shown to somebody who only names them: whatever a name leads to is looked at by its real path, and
opened there without following a link."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath

from probed.errors import HostFailed, NotHere
from probed.host.files import at_once

MAX_PATH = 1000


def fits(path: str, patterns: tuple[str, ...]) -> bool:
    """By patterns of which `*` fits no slash."""
    return any(PurePosixPath(path).match(pattern) for pattern in patterns)


def is_below(path: str, folders: tuple[str, ...]) -> bool:
    return any(path.startswith(os.path.join(folder, "")) for folder in folders)


def real_path(path: str, is_shown: Callable[[str], bool], *, leads_anywhere: bool = False) -> str:
    """Where the path leads. Raises HostFailed where that may not be shown, wherever it seemed to lead; unless all that
    is ever shown of a file is harmless, so that a link that is listed may lead where it wants."""
    if not path.startswith("/") or "\0" in path or len(path) > MAX_PATH:
        raise HostFailed("a path is absolute, and has at most 1000 characters")
    if not is_shown(os.path.normpath(path)):
        raise HostFailed(f"{path} may not be shown")
    real = os.path.realpath(path)
    if not leads_anywhere and not is_shown(real):
        raise HostFailed(f"{path} leads elsewhere, which may not be shown")
    return real


@contextmanager
def opened(real: str) -> Iterator[int]:
    """A descriptor of a plain file at its real path. Raises NotHere where it may not be read, HostFailed."""
    try:
        descriptor = at_once(real, os.O_RDONLY | os.O_NOFOLLOW)
    except PermissionError:
        raise NotHere(f"the file {real}", "let the daemon's user read it") from None
    except OSError as error:
        raise HostFailed(f"{real}: {error.strerror}") from error
    try:
        if os.readlink(f"/proc/self/fd/{descriptor}") != real:
            raise HostFailed(f"{real} was replaced while it was opened")
        yield descriptor
    finally:
        os.close(descriptor)


def is_plain(path: str) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return False
