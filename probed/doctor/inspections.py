from __future__ import annotations

from probed.assembly import load_catalogue
from probed.config.defaults import resolved
from probed.config.settings import Settings
from probed.doctor.line import Answer, fails, fails_as_told, passes, warns
from probed.errors import ConfigError


def inspections(settings: Settings) -> Answer:
    folder = resolved(settings.inspections.dir)
    try:
        catalogue = load_catalogue(settings)
    except ConfigError as error:
        return fails_as_told(error, f"make the folder, or set inspections.dir: ls -ld {folder}")
    if catalogue.broken:
        return fails("\n".join(map(str, catalogue.broken)), f"mend them, then: probed validate {folder}")
    if not catalogue.entries:
        return warns(f"{folder} holds no document: nothing is looked at", "copy the shipped inspections/*.md there")
    return passes(f"{len(catalogue.entries)} valid in {folder}")
