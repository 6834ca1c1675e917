"""What the daemon may see of this host."""

from __future__ import annotations

import getpass

from probed.doctor.line import Answer, fails, passes, warns
from probed.errors import HostFailed, NotHere
from probed.host import docker as docker_engine
from probed.host import journal as system_journal
from probed.host import systemd as init

DEADLINE_S = 5.0


def systemd() -> Answer:
    try:
        failed = init.list_units(states=("failed",), deadline_s=DEADLINE_S)
    except NotHere:
        return warns(
            "does not run this host: there are no units to look at", "let something else restart probed if it ends"
        )
    except HostFailed as error:
        return fails(str(error), "systemctl status")
    return passes(f"answers; {len(failed)} failed units")


def journal() -> Answer:
    try:
        system_journal.tail(lines=1, deadline_s=DEADLINE_S)
    except NotHere as error:
        return _unseen(error, "systemd-journal")
    except HostFailed as error:
        return fails(str(error), "journalctl -n 1")
    return passes("readable")


def docker() -> Answer:
    try:
        containers = docker_engine.containers(deadline_s=DEADLINE_S)
    except NotHere as error:
        return _unseen(error, "docker")
    except HostFailed as error:
        return fails(str(error), "docker info")
    return passes(f"reachable; {len(containers)} containers")


def _unseen(error: NotHere, group: str) -> Answer:
    """Either this host does not have it, or it takes a group to see it."""
    if not error.remedy:
        return passes(f"{error.what} is not on this host")
    return warns(f"{error.what} is hidden from {_user()}", f"sudo usermod -aG {group} {_user()}, then start it anew")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "the daemon's user"
