"""The story that the demonstration tells: L1, L2, L3, a silence, a question, a replay."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from probed.demo.narrator import Narrator
from probed.demo.world import World

DECIDE_S = 20.0
QUESTION = "why was the shop down?"


def tell(world: World, voice: Narrator) -> None:
    """Raises NothingCame."""
    voice.title("A shop of its own, a daemon that watches it, and a model that is a script")
    voice.say(f"All of it lives in {world.folder} and is gone at the end; nothing of this host is touched.")
    voice.wait_for("the first sweep", lambda: (voice.tells("status") or {}).get("first_sweep_done"))
    voice.types("status")
    _mends(world, voice)
    _asks(world, voice)
    _tells(world, voice)
    _looks_back(voice)
    _ends(voice)


def _mends(world: World, voice: Narrator) -> None:
    voice.title("L1: a worker hangs, and a fix that is known to be safe mends it")
    world.stop_worker()
    voice.say("The process that works off the orders was stopped. The document lets it be continued at once.")
    voice.wait_for("the fix", lambda: _change(voice, "continue_process"))
    voice.types("changes", "list")
    voice.say("Done, and verified by the check that had found it.")


def _asks(world: World, voice: Narrator) -> None:
    voice.title("L2: the shop dies, and what is risky waits for a yes")
    world.kill_shop()
    voice.say(
        "Nothing listens on its port any more. The document wants a person to approve the script\n"
        "start-shop; what a script does is for good, so that its name has to be typed."
    )
    decision = voice.wait_for("the question", lambda: waiting(voice))
    voice.types("decisions", "show", decision["id"], read_s=5.0)
    if not voice.asks("Shall it be approved?", DECIDE_S):
        voice.types("decisions", "reject", decision["id"], "--note", "not now")
        voice.say("Then it is not done, now or later, and the shop stays closed. The demonstration opens it itself.")
        world.open_shop()
        return
    voice.types("decisions", "approve", decision["id"], "--confirm", decision["object"])
    voice.wait_for("the shop", lambda: _change(voice, "run_script"))
    voice.say("The shop is open again: the check sees that somebody listens.")


def _tells(world: World, voice: Narrator) -> None:
    voice.title("L3: the log complains, a model looks into it, and you are told")
    world.write_noise()
    voice.say("Four lines came: two errors, and one by which somebody tries to give orders to whoever reads the log.")
    run = voice.wait_for("the investigation", lambda: investigation(voice))
    alert = voice.wait_for("the alert", lambda: alert_of(voice))
    voice.types("runs", "show", run["id"], "--transcript", since="the model calls", read_s=5.0)
    voice.say("The order in the log was read, reported and followed by nobody: the model can only hand in a report.")
    message = voice.wait_for("the message", lambda: _message(voice))
    voice.say("This is what you are told, in this demonstration in the daemon's log, else by mail, Telegram, Slack …:")
    voice.types("messages", "show", message["id"], read_s=4.0)
    voice.say("You know of it now, and want to hear no more of it for two hours:")
    voice.types("silences", "add", f'object="{alert["labels"]["object"]}"', "--for", "2h", "--comment", "they know")


def _looks_back(voice: Narrator) -> None:
    voice.title("A question, and a run played again")
    voice.types("ask", QUESTION)
    run = voice.wait_for("the investigation", lambda: investigation(voice))
    voice.say(
        "The investigation again, from its recording, without model or network: is it still the same?", read_s=1.0
    )
    voice.types("replay", run["id"])


def _ends(voice: Narrator) -> None:
    voice.title("That was the story")
    voice.types("status")
    voice.say(
        "Now on this host:\n"
        "  ./install.sh try                 inspect it, without root, in this folder\n"
        "  sudo ./install.sh                install the service\n"
        "  cortexctl --help                 everything that was typed here, and the rest",
        read_s=0.0,
    )


def _change(voice: Narrator, action: str) -> Mapping[str, Any] | None:
    done = [each for each in voice.items("changes", "list") if each["action"]["action"] == action]
    return next((each for each in done if each["outcome"] == "verified"), None)


def waiting(voice: Narrator) -> Mapping[str, Any] | None:
    return next((each for each in voice.items("decisions", "list") if each["state"] == "waiting"), None)


def investigation(voice: Narrator) -> Mapping[str, Any] | None:
    runs = voice.items("runs", "list", "--inspection", "log")
    return next((each for each in runs if each["cost_usd"] > 0), None)


def alert_of(voice: Narrator) -> Mapping[str, Any] | None:
    return next((each for each in voice.items("alerts", "list") if each["labels"]["object"] == "payments:443"), None)


def _message(voice: Narrator) -> Mapping[str, Any] | None:
    return next((each for each in voice.items("messages", "list") if "payments" in json.dumps(each)), None)
