"""The images that the running containers of the Docker engine were made from."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from probed.host.docker import connected, containers, not_found

if TYPE_CHECKING:
    from docker import APIClient


RUNNING = ("running", "paused", "restarting")


@dataclass(frozen=True, slots=True)
class Used:
    container: str
    image: str
    """As it was named when the container was made."""
    id: str
    now_id: str
    """Of the image that has this name now; empty where none has, or where it was named by its id."""
    built_at: float
    """Seconds since the epoch, as the image says it; 0 where it does not."""


def used(*, deadline_s: float = 5.0) -> tuple[Used, ...]:
    """Raises NotHere, HostFailed."""
    running = [each for each in containers(deadline_s=deadline_s) if each.status in RUNNING]
    names = {each.image for each in running if not each.image.startswith("sha256:")}
    with connected(deadline_s) as client:
        images = {name: _image(client, name) for name in sorted(names | {each.image_id for each in running})}
    return tuple(
        Used(
            each.name,
            each.image,
            each.image_id,
            str(images[each.image].get("Id", "")) if each.image in names else "",
            _seconds(str(images[each.image_id].get("Created") or "")),
        )
        for each in running
    )


def _image(client: APIClient, name: str) -> Mapping[str, Any]:
    """Empty where there is none, or no longer."""
    with contextlib.suppress(not_found()):
        facts: Mapping[str, Any] = client.inspect_image(name)  # type: ignore[no-untyped-call]
        return facts
    return {}


def _seconds(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return 0.0
