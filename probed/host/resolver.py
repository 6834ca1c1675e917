"""What a name resolves to: by the system's own way, or by one server asked itself."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass

from probed.errors import HostFailed
from probed.host.names import Lookup, look_up

FAMILIES = {"A": socket.AF_INET, "AAAA": socket.AF_INET6}


@dataclass(frozen=True, slots=True)
class Resolved:
    values: tuple[str, ...]
    """Addresses, or the records' texts as a zone file has them, sorted; names without the last dot."""
    seconds: float


def by_system(name: str, kind: str, *, deadline_s: float = 5.0) -> Resolved:
    """As every program of this host does, with /etc/hosts; `kind` is A or AAAA. Raises HostFailed."""
    began = time.monotonic()
    try:
        found = look_up(Lookup(name, None, FAMILIES[kind], socket.SOCK_STREAM)).result(deadline_s)
    except TimeoutError as error:
        raise HostFailed(f"no resolver gave an answer within {deadline_s:g} s") from error
    except OSError as error:
        raise HostFailed(error.strerror or str(error)) from error
    return Resolved(tuple(sorted({str(each[4][0]) for each in found})), time.monotonic() - began)


def by_server(name: str, kind: str, server: str = "", port: int = 53, *, deadline_s: float = 5.0) -> Resolved:
    """`server` is an address; without one those of /etc/resolv.conf are asked. Over UDP, and TCP where the answer is
    too long for that. Raises HostFailed."""
    from dns.exception import DNSException
    from dns.resolver import NXDOMAIN, LifetimeTimeout, NoAnswer, Resolver

    began = time.monotonic()
    try:
        resolver = Resolver(configure=not server)
        if server:
            resolver.nameservers, resolver.port = [server], port
        answer = resolver.resolve(name, kind, search=False, lifetime=deadline_s)
        values = tuple(sorted({each.to_text().rstrip(".") for each in answer}))
    except NXDOMAIN as error:
        raise HostFailed("there is no such name") from error
    except NoAnswer as error:
        raise HostFailed(f"the name has no {kind} record") from error
    except LifetimeTimeout as error:
        raise HostFailed(f"no answer within {deadline_s:g} s") from error
    except (DNSException, OSError, ValueError) as error:
        raise HostFailed(str(error)) from error
    return Resolved(values, time.monotonic() - began)
