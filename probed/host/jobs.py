"""What jobs of this host have said of themselves, as the running daemon knows it: filled from the monitor at the start,
and with each thing that one says."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from probed.core.job import Job


class JobBoard:
    def __init__(self) -> None:
        self._lock, self._jobs = threading.Lock(), dict[str, Job]()

    def put(self, jobs: Iterable[Job]) -> None:
        with self._lock:
            self._jobs |= {job.name: job for job in jobs}

    def job(self, name: str) -> Job:
        """One of which nothing was ever heard has its name alone."""
        with self._lock:
            return self._jobs.get(name, Job(name))


BOARD = JobBoard()
"""The daemon's: checks are made where nobody could hand them another."""
