"""The steps of `cortexctl init`. Each can be left out and done again; none writes without a yes."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Mapping

from cortexctl import times
from cortexctl.daemon import Daemon
from cortexctl.failure import Failure
from cortexctl.first_contact.dialogue import Dialogue
from cortexctl.first_contact.place import Place

Step = Callable[[Dialogue, Place], None]
PAUSE_S = 1.0
MODES = ("observe", "earned", "act")
TELEGRAM = "telegram"
NO_DAEMON = "left out: no daemon answers"


def inspections(talk: Dialogue, place: Place) -> None:
    """What runs here, and which documents would watch it."""
    found = place.json_of("discover", "--json")
    for trouble in (*found["troubles"], *found["to_do"]):
        talk.tell(f"note: {trouble}")
    if not found["documents"]:
        talk.tell("all that was found here is watched already")
        return
    for document in found["documents"]:
        talk.tell(f"{document['path']}: {len(document['added'])} to add, {len(document['removed'])} to remove")
        for line in document["added"]:
            talk.tell(f"  {line}")
    if not talk.confirm("Write them?", default=True, in_script=True):
        talk.tell("later: cortexctl discover --write")
        return
    place.json_of("discover", "--write", "--json")
    talk.written += [document["path"] for document in found["documents"]]
    if place.daemon:
        reloaded = place.daemon.reload()
        talk.tell(f"in force: {reloaded.inspections} inspections")


def model(talk: Dialogue, place: Place) -> None:
    """Who investigates where the checks leave a question; nobody has to."""
    if place.settings()["agent"]["backend"] != "none":
        for line in place.doctor_says("agent"):
            talk.tell(line)
        return
    if os.environ.get("ANTHROPIC_API_KEY"):
        talk.tell("there is a key in ANTHROPIC_API_KEY: the daemon takes it from a file, agent.api_key_file")
    if not shutil.which("claude"):
        talk.tell("none, and none is needed: rules decide alone. A model can be added later, as the guide says")
        return
    talk.tell("the program claude is here; its runs cost what its account costs, within agent.budget")
    if not talk.confirm("Have it investigate where a document asks for it?", default=False, in_script=False):
        return
    place.add_section("agent", "agent:\n  backend: claude\n")
    talk.written.append(f"{place.config}: agent.backend")
    for line in place.doctor_says("agent"):
        talk.tell(line)
    talk.tell("it counts from the daemon's next start on")


def telegram(talk: Dialogue, place: Place) -> None:
    """Pair a chat, by a code that is typed there."""
    if not place.settings()["telegram"]["token_file"]:
        talk.tell("no bot: put its token into a file, name that in telegram.token_file, restart, and type this again")
        return
    if not place.daemon:
        talk.tell(NO_DAEMON)
        return
    known = {(each.chat_id, each.user_id) for each in place.daemon.chat_members().items}
    talk.tell(f"{len(known)} paired already" if known else "nobody is paired yet")
    if talk.confirm("Pair a chat now?", default=not known, in_script=False):
        _pair(talk, place.daemon, known)


def _pair(talk: Dialogue, daemon: Daemon, known: set[tuple[int, int]]) -> None:
    code = daemon.pairing_code()
    talk.tell(f"type this in the chat with the bot: /pair {code.code}")
    talk.tell("waiting for it; Ctrl-C goes on without")
    try:
        while times.now() < times.moment(code.expires_at):
            for each in daemon.chat_members().items:
                if (each.chat_id, each.user_id) not in known:
                    talk.tell(f"paired: {each.user_name} in {each.chat_name or each.chat_id}")
                    talk.written.append(f"the pairing of {each.user_name}")
                    return
            time.sleep(PAUSE_S)
        talk.tell("the code is not good any more")
    except KeyboardInterrupt:
        talk.tell("left out; later: cortexctl telegram pair")


def message(talk: Dialogue, place: Place) -> None:
    """Whether somebody is reached."""
    if not place.daemon:
        talk.tell(NO_DAEMON)
        return
    for channel in place.daemon.channels().items:
        if not talk.confirm(f"Send a message for trying by {channel.name}?", default=True, in_script=True):
            continue
        result = place.daemon.test_channel(channel.name)
        if result.delivered:
            talk.tell(f"{channel.name} took it in {result.took_s:.1f} s")
        else:
            raise Failure(f"{channel.name} did not take it: {result.detail}")


def mode(talk: Dialogue, place: Place) -> None:
    """What may run by itself."""
    if not place.daemon:
        talk.tell(NO_DAEMON)
        return
    present = place.daemon.modes().mode
    talk.tell("observe: nothing runs by itself; earned: what has proved itself; act: what the documents allow")
    wanted = talk.choose("Which?", MODES, present)
    if wanted != present:
        place.daemon.set_mode(wanted, "")
        talk.written.append(f"the mode: {wanted}")
    talk.tell(f"mode {wanted}")


STEPS: Mapping[str, tuple[str, Step]] = {
    "inspections": ("What runs here", inspections),
    "model": ("A model", model),
    "telegram": ("Telegram", telegram),
    "message": ("A message", message),
    "mode": ("What may be done", mode),
}
