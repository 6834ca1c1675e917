"""`cortexctl web` as a person runs it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from tests.real.daemon import BIN


class Serving:
    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        assert process.stdout
        self.process, self.log = process, log
        self.address = process.stdout.readline().strip()
        """With the token."""

    @property
    def page(self) -> str:
        return self.address.partition("?")[0]

    @property
    def parts(self) -> SplitResult:
        return urlsplit(self.address)


@contextmanager
def serving(folder: Path, socket: Path) -> Iterator[Serving]:
    """What it says beside the address is in `log`."""
    log = folder / "web.log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [BIN / "cortexctl", "--socket", socket, "web"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            start_new_session=True,
        )
    with process:
        try:
            yield Serving(process, log)
        finally:
            process.kill()
