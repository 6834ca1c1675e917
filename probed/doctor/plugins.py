from __future__ import annotations

from probed.config.settings import Settings
from probed.doctor.line import Answer, fails, passes
from probed.inventory import broken_plugins, count


def plugins(settings: Settings) -> Answer:
    """Each is loaded, which the daemon does only with those that are named."""
    if broken := broken_plugins(settings.actions, tries=True):
        return fails("\n".join(broken), "mend or uninstall the packages; until then these are left out")
    return passes(f"{count(settings.actions)} that other packages bring work" if count(settings.actions) else "none")
