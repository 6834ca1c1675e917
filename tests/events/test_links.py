"""Real links, in a network namespace of their own: a program inside listens, and changes them."""

import shutil
import subprocess
import sys
import textwrap

from probed.events.links import Link, links_in
from tests.conftest import require

INSIDE = """
import asyncio, subprocess
from probed.core.host_event import Concern, EventSource
from probed.events import links
from tests.events.listening import listening

def ip(*words):
    subprocess.run(["ip", "link", *words], check=True)

async def main():
    concern = Concern(EventSource.NETWORK, ("uplink", "gone*"), exclude=("gone9",))
    async with listening(links.follow, concern) as (heard, task):
        ip("add", "uplink", "type", "bridge")
        await heard.until(lambda told: told.count("uplink") == 1)
        ip("set", "uplink", "up")
        await heard.until(lambda told: told.count("uplink") == 2)
        ip("set", "uplink", "mtu", "1400")  # nothing to do with its state
        ip("add", "other", "type", "bridge")
        ip("add", "gone9", "type", "bridge")
        ip("set", "uplink", "down")
        await heard.until(lambda told: told.count("uplink") == 3)
        ip("add", "gone1", "type", "bridge")
        ip("del", "gone1")
        await heard.until(lambda told: told.count("gone1") >= 1)
        print(sorted(set(heard.objects)), heard.objects.count("uplink"))

asyncio.run(main())
"""


def test_a_link_that_comes_goes_or_changes_its_state_is_told_and_no_other() -> None:
    require("a network namespace (unshare, iproute2)", present=bool(shutil.which("ip") and shutil.which("unshare")))

    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--net", sys.executable, "-c", textwrap.dedent(INSIDE)],
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.stdout.split("\n")[0] == "['gone1', 'uplink'] 3", done.stderr


def test_what_is_no_message_of_a_link_is_passed_over() -> None:
    assert list(links_in(b"")) == []
    assert list(links_in(bytes(16))) == []
    assert list(links_in(b"\x14\0\0\0\x03\0" + bytes(14))) == []
    assert Link("lo", is_up=True, is_running=True, state=0) == Link("lo", True, True, 0)
