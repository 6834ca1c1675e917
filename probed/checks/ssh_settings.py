"""How this host's OpenSSH server lets people in: one finding for each setting that makes it easier than need be.

Parameters: `config` (/etc/ssh/sshd_config), `password_logins` (info; how bad it is that passwords are accepted, as by
default they are: warning where keys should be the only way; `off`), `for` (0s).

The settings are those in force, as `sshd -T` tells them; where it does not, what its files say, with what they include.
Conditions (`Match`) are not looked into. Critical is a login without any password; a warning are root with a password,
weak ciphers, sums, key exchanges and keys, trust in other hosts' word, files that others can write, users who set the
environment, and a log that says nothing. A finding's evidence has the line that mends it: put it into a file in
/etc/ssh/sshd_config.d, let `sshd -t` check it, and reload the server. What is meant to be so can be left out:
`overrides: [{objects: X11Forwarding, ignore: true}]`. No action fits by itself.

Example:
  - ssh_settings: {password_logins: warning}
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator

from probed.checks.parameters import For, SeverityOrOff, absolute, lasting
from probed.core.finding import Severity
from probed.core.host_event import Concern, EventSource
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.core.pattern import fits_any
from probed.host import sshd

WARNING, CRITICAL, INFO = Severity.WARNING, Severity.CRITICAL, Severity.INFO


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    config: Annotated[str, AfterValidator(absolute)] = sshd.CONFIG
    password_logins: SeverityOrOff = Severity.INFO
    for_s: For = 0.0


@dataclass(frozen=True, slots=True)
class Rule:
    setting: str
    otherwise: str
    """What counts where the setting does not stand in a file."""
    is_bad: Callable[[str], bool]
    severity: Severity
    what: str
    line: str
    """That mends it."""


def _is(*values: str) -> Callable[[str], bool]:
    return lambda value: value.lower() in values


def _weak(value: str, patterns: tuple[str, ...]) -> list[str]:
    """Names that are taken away from the defaults do no harm."""
    return [] if value.startswith("-") else [name for name in value.lstrip("+^").split(",") if fits_any(name, patterns)]


WEAK: Mapping[str, tuple[str, ...]] = {
    "Ciphers": ("*-cbc", "arcfour*", "*-cbc@*", "none"),
    "MACs": ("*md5*", "*-96", "*-96-etm*", "*ripemd*", "none"),
    "KexAlgorithms": ("*-sha1", "*group1-*"),
    "HostKeyAlgorithms": ("ssh-rsa", "ssh-rsa-cert-*", "ssh-dss*"),
    "PubkeyAcceptedAlgorithms": ("ssh-rsa", "ssh-rsa-cert-*", "ssh-dss*"),
}
RULES = (
    Rule("PermitEmptyPasswords", "no", _is("yes"), CRITICAL, "accounts without a password let anybody in", "no"),
    Rule(
        "PermitRootLogin",
        "prohibit-password",
        _is("yes"),
        WARNING,
        "root may log in with a password",
        "prohibit-password",
    ),
    Rule("StrictModes", "yes", _is("no"), WARNING, "keys count even where others can write them", "yes"),
    Rule(
        "PermitUserEnvironment", "no", lambda value: value.lower() != "no", WARNING, "users set the environment", "no"
    ),
    Rule("HostbasedAuthentication", "no", _is("yes"), WARNING, "the word of other hosts lets people in", "no"),
    Rule("IgnoreRhosts", "yes", _is("no"), WARNING, "users may name hosts that are trusted", "yes"),
    Rule("LogLevel", "INFO", _is("quiet", "silent", "fatal", "error"), WARNING, "failed logins are not logged", "INFO"),
    Rule("GatewayPorts", "no", _is("yes"), INFO, "forwarded ports are open to everybody", "no"),
    Rule(
        "MaxAuthTries", "6", lambda value: value.isdigit() and int(value) > 10, INFO, "many guesses a connection", "6"
    ),
)


def concerns(params: Params) -> Sequence[Concern]:
    return (Concern(EventSource.FILES, (params.config, f"{params.config}.d/*.conf")),)


def look(params: Params) -> CheckAnswer:
    settings = sshd.settings(params.config)
    observations = tuple(_observations(settings.values, params))
    if settings.effective:
        return observations
    note = Absent(
        f"the settings in force ({settings.reason})", "they are judged by the server's files and its defaults"
    )
    return (*observations, note)


def _observations(values: Mapping[str, str], params: Params) -> Iterator[Observation]:
    passwords = (_passwords(params.password_logins),) if params.password_logins else ()
    for rule in (*RULES, *passwords):
        value = values.get(rule.setting.lower(), rule.otherwise)
        fault = rule.what if rule.is_bad(value) and _applies(rule, values) else ""
        yield _observation(rule.setting, value, fault, rule.severity, f"{rule.setting} {rule.line}", params)
    for setting, patterns in WEAK.items():
        value = values.get(setting.lower(), "")
        weak = _weak(value, patterns)
        fault = f"weak: {', '.join(weak)}" if weak else ""
        yield _observation(setting, value, fault, WARNING, f"{setting} -{','.join(weak)}", params)


def _passwords(severity: Severity) -> Rule:
    return Rule("PasswordAuthentication", "yes", _is("yes"), severity, "passwords can be guessed from outside", "no")


def _applies(rule: Rule, values: Mapping[str, str]) -> bool:
    """Root has no use of a password where none is accepted."""
    if rule.setting != "PermitRootLogin":
        return True
    ways = ("passwordauthentication", "kbdinteractiveauthentication")
    return any(values.get(way, "yes").lower() == "yes" for way in ways)


def _observation(setting: str, value: str, fault: str, severity: Severity, line: str, params: Params) -> Observation:
    evidence = {"value": value}
    if fault:
        evidence |= {"mended_by": line}
    return Observation(
        setting,
        f"{setting} {value:.60}: {fault}" if fault else f"{setting} is well set",
        threshold=lasting(params.for_s),
        severity=severity if fault else None,
        evidence=evidence,
    )
