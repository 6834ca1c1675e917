"""Intent-Engine, the command `ie`: takes a line of the record of intents as `ie log KIND TEXT`."""

from __future__ import annotations

import shutil

from probed.config.defaults import resolved
from probed.config.intents import IntentEngineSettings
from probed.core.intent import Intent
from probed.core.redaction import mask
from probed.errors import ChannelError, DeadlineExceeded, MessageRefused, Overloaded
from probed.host.command import run_command
from probed.ports import Workers

MARGIN_S = 2.0
MAX_TEXT = 2000
"""Characters of a line that are handed on: a command line is no place for more."""


class IntentEngine:
    def __init__(self, settings: IntentEngineSettings, workers: Workers) -> None:
        self._settings, self._workers = settings, workers
        self.place = settings.command

    async def take(self, intent: Intent) -> None:
        within_s = self._settings.timeout + MARGIN_S
        try:
            await self._workers.run(lambda: self._log(intent), deadline_s=within_s, name="intents to ie")
        except (DeadlineExceeded, Overloaded) as error:
            raise ChannelError(str(error), transient=True) from error

    def _log(self, intent: Intent) -> None:
        wanted = self._settings
        program = shutil.which(wanted.command)
        if program is None:
            raise ChannelError(f"{wanted.command} is not installed", transient=True)
        task = [] if wanted.task is None else ["--task", str(wanted.task)]
        argv = [program, "log", *task, "--", intent.kind, _text(intent)]
        try:
            done = run_command(argv, deadline_s=wanted.timeout, cwd=str(resolved(wanted.folder)))
        except OSError as error:
            raise ChannelError(
                f"{program} cannot be started in {wanted.folder}: {error.strerror}", transient=True
            ) from error
        if done.timed_out:
            raise ChannelError(f"{program} gave no answer within {wanted.timeout:g} s", transient=True)
        if done.exit_code:
            words = mask((done.stderr or done.stdout).strip()[-300:]) or f"it ended with {done.exit_code}"
            raise MessageRefused(words)


def _text(intent: Intent) -> str:
    """What other users of the host see in the list of processes holds no secret."""
    about = f" ({intent.subject})" if intent.subject else ""
    return mask(f"{intent.text}{about}, by {intent.actor}, number {intent.number}".replace("\0", ""))[:MAX_TEXT]
