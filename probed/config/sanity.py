"""What is wrong with settings although each value by itself is right."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from probed.config.actions import ActionsSettings
from probed.config.agent import AgentSettings
from probed.config.api import TcpSettings
from probed.config.backup import BackupSettings
from probed.config.channels import ChannelSettings
from probed.config.heartbeat import HeartbeatSettings
from probed.config.hours import weekly_of
from probed.config.receivers import WebhookSettings
from probed.config.routing import problems
from probed.config.settings import Settings
from probed.config.telegram import TelegramSettings
from probed.config.tracing import TracingSettings

MAX_SOCKET_BYTES = 107
"""The kernel's limit for the path of a Unix socket, without its closing zero."""

RESERVED_CHANNELS = ("telegram", "journal", "webhook")
"""Names of the channels that have a section of their own."""

Contradiction = tuple[tuple[str | int, ...], str]
"""The keys that lead to the value, and what is wrong with it."""


def contradictions(settings: Settings) -> Iterator[Contradiction]:
    if reason := socket_path_problem(settings.api.socket):
        yield ("api", "socket"), reason
    if reason := socket_path_problem(settings.actions.helper.socket):
        yield ("actions", "helper", "socket"), reason
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", settings.alerts.digest_at, re.ASCII):
        yield ("alerts", "digest_at"), f"expected a time of day like 08:00, not {settings.alerts.digest_at!r}"
    if settings.alerts.weekly_digest_at:
        try:
            weekly_of(settings.alerts.weekly_digest_at)
        except ValueError as error:
            yield ("alerts", "weekly_digest_at"), str(error)
    yield from _escalation(settings)
    if settings.alerts.flapping.low > settings.alerts.flapping.high:
        yield ("alerts", "flapping", "low"), "is above `high`: what begins to flap would stop at once"
    yield from _actions(settings.actions)
    yield from _people(settings)
    yield from _agent(settings.agent)
    yield from _tcp(settings.api.tcp)
    yield from _routing(settings)
    yield from _telegram(settings.telegram)
    yield from _channels(settings.channels)
    yield from _heartbeat(settings.heartbeat)
    yield from _backup(settings.backup)
    monitor = settings.monitor
    if monitor.keep_intents is not None and monitor.keep_intents < monitor.keep_changes:
        yield ("monitor", "keep_intents"), "is shorter than keep_changes, whose record it is"
    yield from _tracing(settings.tracing)


def _agent(agent: AgentSettings) -> Iterator[Contradiction]:
    base_url = agent.base_url
    if base_url is not None and (reason := url_problem(base_url, "https://example.org", "agent.api_key_file")):
        yield ("agent", "base_url"), reason
    local = agent.local
    if local and (reason := url_problem(local.base_url, "http://127.0.0.1:11434", "agent.local.api_key_file")):
        yield ("agent", "local", "base_url"), reason
    for name in ("log_roots", "config_files", "certificate_files"):
        for path in getattr(agent.probes, name):
            if not path.startswith("/"):
                yield ("agent", "probes", name), f"expected absolute paths, not {path!r}"
    named = (*(route.tier for route in agent.routes), *agent.fallback)
    if local is None and "local" in named:
        yield ("agent", "local"), "is not set, and agent.routes or agent.fallback names the tier local"
    if agent.command is None and "command" in (agent.backend, *agent.next):
        yield ("agent", "command"), "is not set, and agent.backend or agent.next names it"
    if agent.command is not None and not agent.command.argv:
        yield ("agent", "command", "argv"), "is empty; expected a program and its arguments"
    if agent.backend == "none" and agent.next:
        yield ("agent", "next"), "stands in for a backend, and agent.backend is none"
    if agent.backend in agent.next or len(set(agent.next)) < len(agent.next):
        yield ("agent", "next"), "names a backend twice"


def _tcp(tcp: TcpSettings) -> Iterator[Contradiction]:
    if tcp.listen is not None:
        if reason := loopback_problem(tcp.listen):
            yield ("api", "tcp", "listen"), reason
        if tcp.token_file is None:
            yield ("api", "tcp", "listen"), "needs api.tcp.token_file: whoever has a process on this host can connect"
    elif tcp.token_file is not None:
        yield ("api", "tcp", "token_file"), "is of no use without api.tcp.listen"


def loopback_problem(listen: str) -> str:
    host, _, port = listen.rpartition(":")
    try:
        is_here = ip_address(host.removeprefix("[").removesuffix("]")).is_loopback
    except ValueError:
        return f"expected an address and a port like 127.0.0.1:9093, not {listen!r}"
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        return f"expected an address and a port like 127.0.0.1:9093, not {listen!r}"
    return "" if is_here else f"{host} can be reached from elsewhere; only addresses of this host alone are used"


def _routing(settings: Settings) -> Iterator[Contradiction]:
    named = ["telegram"] if settings.telegram.token_file else []
    for place, reason in problems(settings.alerts, [*named, *settings.channels, "journal"]):
        yield ("alerts", *place), reason
    for number, receiver in enumerate(settings.alerts.receivers):
        for index, webhook in enumerate(receiver.webhook_configs):
            if reason := webhook_problem(webhook):
                yield ("alerts", "receivers", number, "webhook_configs", index), reason


def webhook_problem(webhook: WebhookSettings) -> str:
    """A secret part of the URL belongs into a file; what follows a question mark is often none."""
    if bool(webhook.url) is (webhook.url_file is not None):
        return "expected either `url` or `url_file`"
    proxy = webhook.http_config.proxy_url
    if proxy and (re.fullmatch(r"https?://[^\s/?#]+/?", proxy) is None or not has_port(proxy)):
        return "expected a `proxy_url` like http://proxy.example.org:3128"
    if not webhook.url:
        return ""
    return url_problem(webhook.url.partition("?")[0], "http://127.0.0.1:9000/hook", "http_config.basic_auth")


def _escalation(settings: Settings) -> Iterator[Contradiction]:
    """`telegram` and `journal` are channels wherever they are built."""
    known = {receiver.name for receiver in settings.alerts.receivers} | {*settings.channels, "telegram", "journal"}
    waited_s = 0.0
    for number, step in enumerate(settings.alerts.escalation):
        place = ("alerts", "escalation", number)
        if step.receiver not in known:
            names = ", ".join(sorted(known))
            yield (*place, "receiver"), f"there is no receiver or channel {step.receiver!r}; there are {names}"
        if step.after < waited_s:
            yield (*place, "after"), "is shorter than that of the step before"
        waited_s = step.after


def socket_path_problem(path: Path | None) -> str:
    size = len(os.fsencode(path)) if path else 0
    if size <= MAX_SOCKET_BYTES:
        return ""
    return f"the path of a socket has at most {MAX_SOCKET_BYTES} bytes, this one has {size}; choose a shorter one"


def _actions(actions: ActionsSettings) -> Iterator[Contradiction]:
    yield from _room(actions)
    for path, rightful in actions.restore_mode.baseline.items():
        if not path.startswith("/") or os.path.normpath(path) != path:
            yield ("actions", "restore_mode", "baseline"), f"expected plain absolute paths, not {path!r}"
        elif not re.fullmatch("0?[01]?[0-7]{3}", rightful.mode):
            yield ("actions", "restore_mode", "baseline"), f'{path}: expected a mode like "0640", not {rightful.mode!r}'
    for section, programs in (("scripts", actions.scripts), ("renewals", actions.renewals)):
        for name, program in programs.items():
            if not program.argv or not program.argv[0].startswith("/"):
                yield ("actions", section), f"{name}: argv has to begin with the absolute path of a program"
            if section == "renewals" and name in actions.scripts:
                yield ("actions", section), f"{name}: there is a script of this name, too"
    for name, renewal in actions.renewals.items():
        if (renewal.path is None) == (renewal.host is None):
            yield ("actions", "renewals"), f"{name}: either the path or the host of the certificate is needed"


def _people(settings: Settings) -> Iterator[Contradiction]:
    people = settings.people.items()
    accounts = [("uids", name, uid) for name, person in people for uid in person.uids]
    accounts += [("telegram", name, account) for name, person in people for account in person.telegram]
    owners: dict[tuple[str, int], str] = {}
    for kind, name, account in accounts:
        if (owner := owners.setdefault((kind, account), name)) != name:
            yield ("people", name, kind), f"{account} is {owner} already: nobody could tell them apart"
    known = [person for person in settings.people.values() if person.telegram or any(person.uids)]
    for action, word in settings.actions.policy.items():
        if word == "two_persons" and len(known) < 2:
            yield ("actions", "policy", action), "needs two in `people` with accounts other than root's"


def _room(actions: ActionsSettings) -> Iterator[Contradiction]:
    cleaning, journal = actions.clean_files, actions.vacuum_journal
    for root in cleaning.roots:
        if not root.startswith("/"):
            yield ("actions", "clean_files", "roots"), f"expected absolute folders, not {root!r}"
    if not cleaning.pattern or "/" in cleaning.pattern:
        yield ("actions", "clean_files", "pattern"), f"expected a pattern for a file's name, not {cleaning.pattern!r}"
    if cleaning.older_than < 1:
        yield ("actions", "clean_files", "older_than"), "has to be at least 1s"
    for name, patterns in (("rotate", actions.logs.rotate), ("compress", actions.logs.compress)):
        for pattern in patterns:
            if not pattern.startswith("/"):
                yield ("actions", "logs", name), f"expected absolute paths, not {pattern!r}"
    if journal.keep < journal.least:
        yield ("actions", "vacuum_journal", "keep"), "is less than `least`, which always stays"


def _telegram(telegram: TelegramSettings) -> Iterator[Contradiction]:
    if reason := url_problem(telegram.api_url, "https://api.telegram.org", "telegram.token_file"):
        yield ("telegram", "api_url"), reason
    if telegram.chat_id is not None and telegram.token_file is None:
        yield ("telegram", "chat_id"), "is of no use without telegram.token_file, the file with the bot's token"


def _channels(channels: Mapping[str, ChannelSettings]) -> Iterator[Contradiction]:
    for name, channel in channels.items():
        if name in RESERVED_CHANNELS or not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,39}", name, re.ASCII):
            reserved = ", ".join(RESERVED_CHANNELS)
            yield (
                ("channels", name),
                f"a channel's name has up to 40 letters, digits and _.-, and is none of {reserved}",
            )
        if channel.apprise_url_file is None and channel.plugin is None:
            yield ("channels", name), "is of no use without apprise_url_file, the file with its Apprise URL, or plugin"
        elif channel.apprise_url_file is not None and channel.plugin is not None:
            yield ("channels", name, "plugin"), "apprise_url_file and plugin are two channels: give each a name"
        elif channel.plugin is None and channel.options is not None:
            yield ("channels", name, "options"), "is of no use without plugin"


def _heartbeat(heartbeat: HeartbeatSettings) -> Iterator[Contradiction]:
    if heartbeat.url is not None and heartbeat.url_file is not None:
        yield ("heartbeat", "url"), "url and url_file are the same thing: give one of them"
    if heartbeat.url is not None and (
        reason := url_problem(heartbeat.url, "https://hc.example.org", "heartbeat.url_file")
    ):
        yield ("heartbeat", "url"), reason
    if heartbeat.fail_path and not re.fullmatch(r"/[\w./~-]+", heartbeat.fail_path, re.ASCII):
        yield ("heartbeat", "fail_path"), f"expected a path like /fail, not {heartbeat.fail_path!r}"
    if heartbeat.timeout > heartbeat.every:
        yield ("heartbeat", "timeout"), "an answer that takes longer than heartbeat.every would hold up the next sign"
    if heartbeat.missing_after < heartbeat.every:
        yield ("heartbeat", "missing_after"), "is at least heartbeat.every: one sign has to be missing"


def _backup(backup: BackupSettings) -> Iterator[Contradiction]:
    if backup.stale_after < backup.every:
        yield ("backup", "stale_after"), "is at least backup.every: one backup has to be missing"
    if backup.encrypt_to and not re.fullmatch(r"age1[0-9a-z]{20,200}", backup.encrypt_to, re.ASCII):
        yield ("backup", "encrypt_to"), "expected a recipient as age-keygen prints it, age1…; never the secret key"


def _tracing(tracing: TracingSettings) -> Iterator[Contradiction]:
    example = "http://127.0.0.1:4318/v1/traces"
    if tracing.endpoint is None:
        for key in ("headers_file", "ca_file"):
            if getattr(tracing, key) is not None:
                yield ("tracing", key), "is of no use without tracing.endpoint"
    elif reason := url_problem(tracing.endpoint, example, "tracing.headers_file"):
        yield ("tracing", "endpoint"), reason
    elif urlsplit(tracing.endpoint).path in ("", "/"):
        yield ("tracing", "endpoint"), f"needs the path as well, like {example}"


def has_port(url: str) -> bool:
    """Or none, which is one, too."""
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def url_problem(url: str, example: str, secret_key: str) -> str:
    """A URL is shown in logs and messages, so it holds no secret; `secret_key` names the setting that does."""
    if re.fullmatch(r"https?://[^\s/?#]+(/\S*)?", url) is None or not has_port(url):
        return f"expected a URL like {example}"
    if "@" in url.split("/", 3)[2]:
        return f"a URL holds no user name and no password here; the secret belongs into the file {secret_key}"
    if "?" in url or "#" in url:
        return f"a URL ends with its path here, like {example}; the secret belongs into the file {secret_key}"
    return ""
