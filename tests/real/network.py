"""A network of one's own: code that runs where nothing but what it makes itself can be reached."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from typing import Any

from tests.conftest import require
from tests.real.packages import program

PRELUDE = """
import json, os, subprocess, sys, time
from tests.checks.looking import judged, observations

def ip(*words):
    subprocess.run(["ip", *words], check=True)

def told(check, params=None):
    found = observations(check, params)
    return {name: [judged(each), each.value, each.summary] for name, each in found.items()}

ip("link", "set", "lo", "up")
"""


def alone(script: str) -> Any:
    """Run `script` in a network and mount namespace of its own, with a /sys that shows it; it prints JSON.

    It can use `ip(...)`, and `told(check, params)`: by object its severity, value and summary.
    """
    require("root, for a network of its own", present=os.geteuid() == 0)
    program("ip", "iproute2")
    inside = "mount -t sysfs sysfs /sys && exec " + '"$@"'
    code = PRELUDE + textwrap.dedent(script)
    argv = ["unshare", "--mount", "--net", "sh", "-c", inside, "sh", sys.executable, "-c", code]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
