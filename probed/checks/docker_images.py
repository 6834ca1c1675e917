"""Images that containers run from: how old they are, and whether their name means another image by now.

Parameters: `containers` (all, or names and shell patterns), `exclude` (patterns), `max_age` (180d; since the image was
built; `off`), `severity` (warning), `for` (0s).

Looked at are containers that run; the object of a finding is the container. An old image lacks what was mended since it
was built: pull a new one, or build it anew. Where the name of the image means another one by now (it was pulled or
built, but the container was not made anew), the container still runs the old code. Nothing is fetched: whether a
registry has something newer is not asked. Some images have no date, or one of their own choice, as reproducible ones
do: those from before 2000 are not judged by their age. No action fits by itself.

Example:
  - docker_images: {containers: ["*"], exclude: ["build-*"], max_age: 90d}
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from probed.checks.parameters import DurationBound, For, lasting
from probed.config.values import Names
from probed.core.finding import Severity
from probed.core.inspection import age_text, duration_text
from probed.core.observation import CheckAnswer, Observation
from probed.core.pattern import fits_any
from probed.host import docker_images
from probed.host.docker_images import Used

PLAUSIBLE = datetime(2000, 1, 1, tzinfo=UTC).timestamp()


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    containers: Annotated[tuple[str, ...], Names] = ("*",)
    exclude: Annotated[tuple[str, ...], Names] = ()
    max_age_s: Annotated[DurationBound, Field(alias="max_age")] = 180 * 86400.0
    severity: Severity = Severity.WARNING
    for_s: For = 0.0


def look(params: Params) -> CheckAnswer:
    used = [each for each in docker_images.used() if fits_any(each.container, params.containers)]
    return tuple(_observation(each, params) for each in used if not fits_any(each.container, params.exclude))


def _observation(used: Used, params: Params) -> Observation:
    age_s = time.time() - used.built_at if used.built_at >= PLAUSIBLE else None
    faults = list(_faults(used, age_s, params))
    name = f"{used.container}: the image {used.image}"
    return Observation(
        used.container,
        f"{name} {' and '.join(faults)}" if faults else f"{name} is the one of this name",
        threshold=lasting(params.for_s),
        severity=params.severity if faults else None,
        evidence={"image": used.image, "id": used.id, "name_means": used.now_id, "age_s": age_s and round(age_s)},
    )


def _faults(used: Used, age_s: float | None, params: Params) -> Iterator[str]:
    if used.now_id and used.now_id != used.id:
        yield "was replaced by a newer one, from which the container was not made anew"
    if params.max_age_s is not None and age_s is not None and age_s > params.max_age_s:
        yield f"was built {age_text(age_s)} ago, more than {duration_text(params.max_age_s)}"
