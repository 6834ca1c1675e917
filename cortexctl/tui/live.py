from __future__ import annotations

from cortexctl.tui.snapshot import Snapshot


class Live:
    """A screen that follows what the source reads."""

    def renew(self, snapshot: Snapshot) -> None:
        """Show this instead of what was shown before."""
        raise NotImplementedError

    def tick(self) -> None:
        """A second has passed: what names an age may say something else now."""
