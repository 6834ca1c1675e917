"""The images that the running containers of the Docker engine were made from."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from probed.host.docker import connected, not_found

if TYPE_CHECKING:
    from docker import APIClient


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
    found = []
    with connected(deadline_s) as client:
        for listed in client.containers():
            with contextlib.suppress(not_found()):  # it was removed in between
                facts = client.inspect_container(listed["Id"])
                name = str(facts["Config"]["Image"])
                now_id = ""
                if not name.startswith("sha256:"):
                    with contextlib.suppress(not_found()):
                        now_id = str(_image(client, name)["Id"])
                image = _image(client, facts["Image"])
                built_at = _seconds(str(image.get("Created") or ""))
                found.append(Used(facts["Name"].removeprefix("/"), name, str(image["Id"]), now_id, built_at))
    return tuple(found)


def _image(client: APIClient, name: str) -> Mapping[str, Any]:
    facts: Mapping[str, Any] = client.inspect_image(name)  # type: ignore[no-untyped-call]
    return facts


def _seconds(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return 0.0
