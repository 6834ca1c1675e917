"""What a debug bundle is made of: each part with the name of its file and the call that gets it."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from cortexctl.child import output_of, probed
from cortexctl.client import TIMEOUT_S
from cortexctl.commands.version import own_version
from cortexctl.config_path import is_users
from cortexctl.failure import Failure, TooSlow, Unreachable
from cortexctl.own_log import words_for_log
from probed.wire import paths

if TYPE_CHECKING:
    from cortexctl.client import Client
    from cortexctl.session import Session

DOCTOR_S = 120.0
CHILD_S = 30.0
DAEMON_S = 60.0
"""For all that the daemon is asked."""
ITEMS = 100
EVENTS = 300
EVENTS_S = 5.0
SILENCE_S = 1.0
"""The stream of events has no end, so its first silence counts as one."""
JOURNAL_LINES = 1000
UNIT = "cortex-probed"

WHOLE = ("status", "inspections", "schedule", "channels", "mode", "autonomy", "backups", "routes")
NEWEST = ("runs", "reports", "findings", "cases", "alerts", "incidents", "decisions", "changes", "messages", "silences")


class Part(NamedTuple):
    name: str
    get: Callable[[], object]
    """A text, or what JSON can hold. Raises Failure."""
    newest_last: bool = False
    """What is too long loses its beginning, else its end."""


def parts(session: Session, config: list[str]) -> Iterator[Part]:
    """Each is to be had before the next one is asked for: deadlines begin there. `config` is the option for `probed`
    that names the configuration."""
    yield Part("versions.json", versions)
    yield Part("doctor.json", partial(json_of_probed, "doctor", "--json", *config, within_s=DOCTOR_S))
    yield Part("config.json", partial(json_of_probed, "config", "show", "--json", *config))
    yield Part("documents.txt", partial(output_of, probed("validate", *config), within_s=CHILD_S, with_errors=True))
    for noun in ("checks", "actions", "channels"):
        yield Part(f"available-{noun}.json", partial(json_of_probed, "available", noun, "--json", *config))
    if session.socket == paths.SYSTEM_SOCKET or is_users(session.socket):
        yield Part("journal.txt", partial(journal, session.socket), newest_last=True)
    else:
        yield Part("log.txt", partial(own_log, session), newest_last=True)
    yield from parts_of_daemon(session)


def versions() -> dict[str, object]:
    with suppress(OSError):
        return {**host(), "distribution": platform.freedesktop_os_release().get("PRETTY_NAME", "")}
    return host()


def host() -> dict[str, object]:
    kernel = platform.uname()
    return {
        "cortexctl": own_version(),
        "python": platform.python_version(),
        "kernel": f"{kernel.system} {kernel.release}",
        "machine": kernel.machine,
    }


def json_of_probed(*arguments: str, within_s: float = CHILD_S) -> object:
    printed = output_of(probed(*arguments), within_s=within_s)
    try:
        return json.loads(printed)
    except ValueError:
        raise Failure("what probed printed is no JSON") from None


def own_log(session: Session) -> str:
    """That a daemon keeps which no journal listens to."""
    words = words_for_log(session, f"--limit={JOURNAL_LINES}", as_json=False, follow=False)
    return output_of(probed(*words), within_s=CHILD_S, nothing="it has no line")


def journal(socket: str) -> str:
    whose = "--user-unit" if is_users(socket) else "--unit"
    argv = ["journalctl", whose, UNIT, "--lines", str(JOURNAL_LINES), "--no-pager", "--quiet", "--output", "short-iso"]
    return output_of(argv, within_s=CHILD_S, nothing="it has no line that this user may read")


def parts_of_daemon(session: Session) -> Iterator[Part]:
    end = time.monotonic() + DAEMON_S

    def client() -> Client:
        left_s = end - time.monotonic()
        if left_s <= 0:
            raise TooSlow("the daemon took too long over what it was asked before")
        return session.daemon_within(min(TIMEOUT_S, left_s)).client

    def answer(path: str, limit: int | None = None) -> object:
        return client().get(path, limit=limit)

    for noun in WHOLE:
        yield Part(f"{noun}.json", partial(answer, f"{paths.API}/{noun}"))
    for noun in NEWEST:
        yield Part(f"{noun}.json", partial(answer, f"{paths.API}/{noun}", limit=ITEMS))
    yield Part("events.json", lambda: newest_events(client()), newest_last=True)
    yield Part("metrics.txt", lambda: client().text(paths.METRICS))
    yield Part("openapi.json", lambda: openapi_version(client()))


def newest_events(client: Client) -> list[Any]:
    found: list[Any] = []
    end = time.monotonic() + EVENTS_S
    with client.events(last=EVENTS, idle_s=SILENCE_S) as stream, suppress(Unreachable):
        for event in islice(stream, EVENTS):
            found.append(event)
            if time.monotonic() > end:
                break
    return found


def openapi_version(client: Client) -> dict[str, object]:
    described = client.get(paths.OPENAPI)
    return {"openapi": described.openapi, "info": described.info, "paths": sorted(described.paths)}
