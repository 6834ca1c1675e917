"""Looking with the daemon's eyes: root sees more than it does, and owns less."""

from __future__ import annotations

import grp
import os
import pwd

from probed.config.defaults import resolved
from probed.config.settings import Settings
from probed.doctor.service import UNIT
from probed.host.command import run_command


def take_daemons_place(settings: Settings) -> bool:
    """Run as root, become the user to whom the state directory belongs, for good. False: nothing changed."""
    try:
        uid = os.stat(resolved(settings.monitor.path).parent).st_uid
        user = pwd.getpwuid(uid)
    except (OSError, KeyError):
        return False
    if os.geteuid() != 0 or uid == 0:
        return False
    os.setgroups([*os.getgrouplist(user.pw_name, user.pw_gid), *_groups_of_the_unit()])
    os.setgid(user.pw_gid)
    os.setuid(uid)
    os.environ |= {"HOME": user.pw_dir, "USER": user.pw_name, "LOGNAME": user.pw_name}
    return True


def _groups_of_the_unit() -> list[int]:
    try:
        asked = run_command(["systemctl", "show", "--property=SupplementaryGroups", "--value", UNIT], deadline_s=5.0)
        return [grp.getgrnam(name).gr_gid for name in asked.stdout.split()]
    except (OSError, KeyError):
        return []
