"""The world of the demonstration with something to do in it, for as long as somebody looks around."""

from __future__ import annotations

import signal
import sys
from contextlib import suppress

from probed.demo.narrator import Narrator
from probed.demo.story import alert_of, investigation, waiting
from probed.demo.world import World

WORDS = """\
A worker hangs, and what would continue it waits for your yes. Its shop cannot reach the payments, as its log says, and
a model, which is a script, has looked into that. All of it is gone when you end this. In another terminal:

  export CORTEX_SOCKET={socket}
  cortexctl status

docs/guide/tour.md says what else there is to see."""


def show(world: World, voice: Narrator) -> None:
    """Raises NothingCame."""
    voice.title("A shop of its own, to look around in")
    voice.wait_for("the first sweep", lambda: (voice.tells("status") or {}).get("first_sweep_done"))
    world.stop_worker()
    world.write_noise()
    voice.tells("run", "log", "--wait")
    voice.wait_for("the question", lambda: waiting(voice))
    voice.wait_for("the investigation", lambda: investigation(voice))
    voice.wait_for("the alert", lambda: alert_of(voice))
    voice.say(WORDS.format(socket=world.socket), read_s=0.0)
    if sys.stdin.isatty() and sys.stdout.isatty():
        with suppress(EOFError):
            input("Enter opens the dashboard here, Ctrl-C ends it all. ")
            voice.hands_over("top")
    else:
        signal.pause()
