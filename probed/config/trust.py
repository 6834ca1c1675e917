"""Whose files may command the daemon: those that only root, the daemon's own user and whoever owns the program itself
can change."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from pathlib import Path

import probed

SYSTEM_USER = "cortex"
"""As whom the service of the whole host runs."""


def distrust(status: os.stat_result, path: Path, *, sticky_is_enough: bool = False) -> str:
    """Why `path` is not to be relied on, with what to type; empty where it is. In a sticky folder others can add files,
    but not replace ours."""
    trusted = trusted_uids()
    if status.st_uid not in trusted:
        return f"belongs to another user ({user_name(status.st_uid)}); type: chown {os.geteuid()} {path}"
    return open_to_others(status, path, trusted, sticky_is_enough=sticky_is_enough)


def open_to_others(
    status: os.stat_result, path: Path, trusted: frozenset[int], *, sticky_is_enough: bool = False
) -> str:
    """Who owns it does not matter: whether its mode lets anybody else change it who is not trusted."""
    if sticky_is_enough and status.st_mode & stat.S_ISVTX:
        return ""
    if status.st_mode & stat.S_IWOTH or (status.st_mode & stat.S_IWGRP and not _is_private(status.st_gid, trusted)):
        return f"can be changed by others; type: chmod go-w {path}"
    return ""


def distrust_state_folder(folder: Path) -> str:
    """Why the daemon's state must not lie there, with what to type; empty where it may."""
    status = folder.stat()
    if status.st_uid not in trusted_uids():
        return of_another_daemon(status.st_uid)
    return distrust(status, folder, sticky_is_enough=True)


def of_another_daemon(uid: int) -> str:
    """What one user's daemon makes is in the way of another's: root is not to make it, or give it away, in passing."""
    name = user_name(uid)
    return (
        f"belongs to the user {name}, and this is {user_name(os.geteuid())}; start that user's daemon (systemctl start "
        f"cortex-probed, or: sudo -u {name} probed), or give this one a monitor.path of its own"
    )


def trusted_uids() -> frozenset[int]:
    """Whoever can change the program commands the daemon anyway: with `./install.sh try` as root in the checkout of
    another user, that user may also write the documents in it."""
    return frozenset({0, os.geteuid(), os.stat(probed.__file__).st_uid})


def user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _is_private(gid: int, trusted: frozenset[int]) -> bool:
    """Whether nobody but trusted users is in the group, as in the group of its own that a user has on Debian, where a
    umask of 002 is therefore harmless. A group without any member is not: programs may have it (setgid)."""
    try:
        listed = grp.getgrgid(gid).gr_mem
    except KeyError:
        return False
    members = {user.pw_uid for user in pwd.getpwall() if user.pw_gid == gid or user.pw_name in listed}
    return bool(members) and members <= trusted
