"""What only a boot says is known once one was seen: of the host its first, of the kernel the first of each release."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from probed.host import proc
from probed.host.log_lines import as_mapping

LASTS_S = 600.0
MOST_KERNELS = 10


@dataclass(slots=True)
class FirstBoots:
    now: str = ""
    """This boot."""
    until: float = 0.0
    """When it was over, in seconds since 1970."""
    first: str = ""
    """The first one that was seen from its beginning; empty: none was yet."""
    kernels: dict[str, str] = field(default_factory=dict)
    """By release of the kernel the boot in which it was seen first."""

    @classmethod
    def of(cls, known: Mapping[str, object]) -> FirstBoots:
        now, last = proc.boot_id(), str(known.get("last", ""))
        first = str(known.get("first", "")) or (now if last and last != now else "")
        kernels = {release: str(boot) for release, boot in as_mapping(known.get("kernels")).items()}
        kernels.setdefault(os.uname().release, now if last and last != now else "")
        return cls(now, proc.boot_time() + LASTS_S, first, kernels)

    def said(self, at: float, program: str) -> bool:
        """Whether a line that was written then belongs to such a boot, or to the end of the one before."""
        if not self.now or at > self.until:
            return False
        return self.now == self.first or (program == "kernel" and self.now in self.kernels.values())

    def memory(self) -> dict[str, object]:
        kernels = dict(list(self.kernels.items())[-MOST_KERNELS:])
        return {"last": self.now, "first": self.first, "kernels": kernels}
