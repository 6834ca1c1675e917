"""Whether somebody accepts connections on a TCP port, and whether it is a server that answers as it should.

Parameters: `port`, `host` (127.0.0.1), `timeout` (5s), `protocol` (none; clamav, ftp, imap, ldap, lmtp, memcached,
mqtt, mysql, nntp, pop3, postgresql, redis, rsync, sieve, sip, smtp, spamd or ssh), or `expect` (none; a regular
expression, RE2, that must occur in the first 4 KiB of the answer) and `send` (none; what is said first, as in
"status\\r\\n"), `tls` (false; whatever the certificate), `warning` and `critical` (none; a connection, or an answer,
that takes this long), `clear`, `for` (0s).

A finding (critical) means that the connection was refused or not answered in time, or that the answer is none of that
protocol: a server can hang, or say that it has no room for more, and still accept connections. A slow one is what
`warning` and `critical` make of it. What is asked needs no account. A MySQL server counts connections that say nothing,
and locks other hosts out after a hundred (max_connect_errors): have it asked on its own host. `port` tells who listens
on this host, `ping` with a port measures several connections, `http`, `dns`, `ntp` and `tls_certificate` know more of
theirs. No action fits by itself; if a unit stands behind the port, `systemd_unit` proposes its restart.

Example:
  - tcp_port: {port: 25, protocol: smtp, timeout: 3s, warning: 1s}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field

from probed.checks.parameters import Bounds, DurationBound, Timeout, lasting
from probed.config.nearest import nearest
from probed.core.finding import Severity
from probed.core.observation import CheckAnswer, Observation
from probed.core.regex import compile_regex
from probed.errors import HostFailed, ParameterError
from probed.host import endpoint, greeting
from probed.host.greeting import TALKS, Answer, Talk

LONGEST_ANSWER = 200


def _known(protocol: str) -> str:
    if protocol not in TALKS:
        raise ValueError(f"{protocol!r} is none of the protocols; {nearest(protocol, TALKS)}")
    return protocol


def _expression(pattern: str) -> str:
    compile_regex(pattern)
    return pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(Bounds):
    port: Annotated[int, Field(ge=1, le=65535)]
    host: str = "127.0.0.1"
    timeout_s: Timeout = 5.0
    protocol: Annotated[str, AfterValidator(_known)] | None = None
    send: str = ""
    expect: Annotated[str, AfterValidator(_expression)] | None = None
    tls: bool = False
    warning: DurationBound = None
    critical: DurationBound = None
    clear: DurationBound = None

    def __post_init__(self) -> None:
        if self.protocol and (self.send or self.expect):
            raise ParameterError("protocol", "says itself what is sent and expected; leave `send` and `expect` out")
        if self.send and self.expect is None:
            raise ParameterError("expect", "is missing: what is the answer to `send`?")
        if self.tls and not (self.protocol or self.expect):
            raise ParameterError("tls", "give a `protocol`, or what to `expect`; `tls_certificate` looks at the rest")


def look(params: Params) -> CheckAnswer:
    name = f"{params.host}:{params.port}"
    try:
        answer = _answer(params)
    except HostFailed as error:
        return (_finding(name, f"nobody accepts connections at {error}", params, {"error": str(error)}),)
    if not answer.fits:
        said = _readable(answer.said)
        wanted = f"as {params.protocol} does" if params.protocol else f"with {params.expect}"
        summary = f"{name} accepts connections, but does not answer {wanted}: it says {said or 'nothing'}"
        return (_finding(name, summary, params, {"answer": said}),)
    seconds = round(answer.seconds, 4)
    evidence = {"connect_s": seconds} if not _is_asked(params) else {"answer_s": seconds}
    summary = f"{name} answers" if _is_asked(params) else f"{name} accepts connections"
    return (Observation(name, summary, seconds, "s", params.threshold, evidence=evidence, boot_grace=True),)


def _is_asked(params: Params) -> bool:
    return params.protocol is not None or params.expect is not None


def _answer(params: Params) -> Answer:
    host, port, deadline_s = params.host, params.port, params.timeout_s
    if params.protocol is not None:
        return greeting.greet(host, port, TALKS[params.protocol], tls=params.tls, deadline_s=deadline_s)
    if params.expect is None:
        return Answer(b"", fits=True, seconds=endpoint.connect_seconds(host, port, deadline_s=deadline_s))
    expected, talk = compile_regex(params.expect), Talk(b"", params.send.encode())
    return greeting.exchange(
        host,
        port,
        talk,
        lambda said: expected.occurs_in(said.decode(errors="replace")),
        tls=params.tls,
        deadline_s=deadline_s,
    )


def _finding(name: str, summary: str, params: Params, evidence: dict[str, object]) -> Observation:
    return Observation(
        name,
        summary,
        threshold=lasting(params.for_s),
        severity=Severity.CRITICAL,
        evidence={"timeout_s": params.timeout_s, **evidence},
        boot_grace=True,
    )


def _readable(said: bytes) -> str:
    """Its first line, of which nothing may break a message."""
    line = said.decode(errors="replace").strip().partition("\n")[0]
    return "".join(letter if letter.isprintable() else "?" for letter in line)[:LONGEST_ANSWER]
