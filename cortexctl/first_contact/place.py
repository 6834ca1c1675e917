"""What there is already: the configuration, and a daemon that may answer."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from cortexctl.child import output_of, probed
from cortexctl.config_path import SYSTEM_CONFIG, config_options
from cortexctl.daemon import Daemon
from cortexctl.failure import Failure
from cortexctl.session import Session

CHILD_S = 60.0
DOCTOR_S = 180.0


@dataclass
class Place:
    session: Session
    given_config: str | None

    @property
    def options(self) -> list[str]:
        """That name the configuration for `probed`."""
        return config_options(self.given_config, self.session.socket)

    @property
    def config(self) -> Path:
        return Path(self.options[-1] if self.options else SYSTEM_CONFIG)

    @cached_property
    def daemon(self) -> Daemon | None:
        """None: none answers."""
        daemon = self.session.daemon
        try:
            daemon.status()
        except Failure:
            return None
        return daemon

    def settings(self) -> Any:
        """All of them, by section. Raises Failure."""
        return self.json_of("config", "show", "--json")

    def doctor_says(self, topic: str) -> list[str]:
        """Its lines about that, in words. Raises Failure."""
        lines = self.json_of("doctor", "--json", within_s=DOCTOR_S)["lines"]
        return [
            f"{line['name']}: {line['status']}, {line['detail']}" for line in lines if line["name"].startswith(topic)
        ]

    def json_of(self, *arguments: str, within_s: float = CHILD_S) -> Any:
        try:
            return json.loads(output_of(probed(*arguments, *self.options), within_s=within_s))
        except ValueError:
            raise Failure(f"what probed {arguments[0]} printed is no JSON") from None

    def add_section(self, name: str, text: str) -> None:
        """Write it at the end of the configuration, once it was checked there. Raises Failure, and then the file is as
        it was."""
        try:
            before = self.config.read_text(encoding="utf-8")
            if re.search(rf"^{name}\s*:", before, re.MULTILINE):
                raise Failure(f"{self.config} has a section {name} already: change it there")
            self._write_checked(f"{before.rstrip()}\n{text}" if before.strip() else text)
        except OSError as error:
            raise Failure(f"{self.config} cannot be written: {error.strerror}", "the same with sudo") from error
        except UnicodeDecodeError:
            raise Failure(f"{self.config} is not UTF-8") from None

    def _write_checked(self, text: str) -> None:
        file = self.config.resolve()
        new, status = file.with_name(f"{file.name}.new"), file.stat()
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with open(descriptor, "w", encoding="utf-8") as opened:
                opened.write(text)
                opened.flush()
                os.fsync(descriptor)
            output_of(probed("config", "show", "--json", "--config", str(new)), within_s=CHILD_S)
            os.chown(new, status.st_uid, status.st_gid)
            new.chmod(status.st_mode & 0o777)
            new.replace(file)
        finally:
            new.unlink(missing_ok=True)
