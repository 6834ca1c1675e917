"""What was found, by topic, and which document looks at it: one line each, also for what is not here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from probed.core.inspection import Inspection
from probed.discovery.backups import TOPIC as BACKUPS
from probed.discovery.databases import MYSQL
from probed.discovery.plan import watches
from probed.discovery.proposal import Found, Survey
from probed.host.files import printable

WEB_SERVERS = frozenset({"nginx", "apache2", "httpd", "caddy", "lighttpd", "haproxy", "traefik"})
MAIL_PORTS = frozenset({25, 110, 143, 465, 587, 993, 995})
WIDTH = 100
"""Letters of a line that names things."""


def _of(*checks: str) -> Callable[[Found], bool]:
    return lambda found: found.check in checks


def _is_mail(found: Found) -> bool:
    return found.check == "port" and found.params["port"] in MAIL_PORTS


def _is_web(found: Found) -> bool:
    return found.check == "http" or (found.check == "port" and found.params.get("program") in WEB_SERVERS)


def _on_wire(found: Found) -> bool:
    return found.check == "tls_certificate" and "host" in found.params


def _on_disk(found: Found) -> bool:
    return found.check == "tls_certificate" and "path" in found.params


TOPICS: Mapping[str, Callable[[Found], bool]] = {
    "services": _of("systemd_unit"),
    "containers": _of("docker_container"),
    "listening ports": _of("port"),
    "web servers": _is_web,
    "mail servers": _is_mail,
    "certificates on the wire": _on_wire,
    "certificates on disk": _on_disk,
    "PostgreSQL": _of("postgresql"),
    MYSQL: lambda found: False,
    "Redis": _of("redis"),
    "cron jobs": _of("heartbeat"),
    "timers": _of("systemd_timer"),
    BACKUPS: _of("backup"),
    "file systems of fstab": _of("disk"),
    "RAID": _of("mdraid", "zfs"),
    "tunnels": _of("network"),
}
"""A thing may be told under several."""


@dataclass(frozen=True, slots=True)
class Topic:
    name: str
    things: Sequence[str]
    watched_by: Sequence[str]
    """Documents; with a plus those that are only proposed."""


def topics_of(
    survey: Survey, inspections: Sequence[Inspection], own: Mapping[str, str], new: Collection[str]
) -> Iterator[Topic]:
    """`inspections`: those in force; `own`: by key the document of discovery's own that watches it, or would, where it
    is `new`."""
    for name, fits in TOPICS.items():
        found = [each for each in survey.found if fits(each) and _belongs(each, own)]
        noted = [each for each in survey.noted if each.topic == name]
        documents = [document for each in found for document in _documents(each, inspections, own, new)]
        documents += [each.watched_by for each in noted]
        yield Topic(
            name, [*map(_thing, found), *(printable(each.name) for each in noted)], list(dict.fromkeys(documents))
        )


def _belongs(found: Found, own: Mapping[str, str]) -> bool:
    """Much of what is started at boot ends rightly."""
    return found.is_up or found.check != "systemd_unit" or found.key in own


def _thing(found: Found) -> str:
    detail = found.detail or ("" if found.is_up else "not up")
    return printable(f"{found.name} ({detail})" if detail else found.name)


def _documents(
    found: Found, inspections: Sequence[Inspection], own: Mapping[str, str], new: Collection[str]
) -> Iterator[str]:
    if document := own.get(found.key):
        yield f"+{document}" if found.key in new else document
    for each in inspections:
        if each.id != document and any(watches(call, found) for call in each.checks):
            yield each.id


def words_of(topics: Sequence[Topic]) -> Iterator[str]:
    here = [topic for topic in topics if topic.things]
    width = max((len(topic.name) for topic in here), default=0)
    for topic in here:
        yield f"{topic.name:<{width}}  {_shown(topic.things)}"
        yield f"{'':<{width}}  by {', '.join(topic.watched_by) or 'nothing yet'}"
    if missing := [topic.name for topic in topics if not topic.things]:
        yield f"not found: {', '.join(missing)}"


def _shown(things: Sequence[str]) -> str:
    """As many as fit a line, one at least."""
    for count in range(len(things), 0, -1):
        left = len(things) - count
        text = ", ".join(things[:count]) + (f" and {left} more" if left else "")
        if len(text) <= WIDTH or count == 1:
            return text
    return ""


def shape_of(topic: Topic) -> Mapping[str, object]:
    return {"topic": topic.name, "found": list(topic.things), "watched_by": list(topic.watched_by)}
