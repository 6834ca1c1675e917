"""The `agent` section: which model investigates, if any."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from probed.config.secret import Secret
from probed.config.values import Duration, Expression, Names, NotNegative, PercentOrNone, Positive, Size
from probed.core.finding import Severity

Tier = Literal["small", "large", "local"]
SandboxName = Literal["auto", "unit", "bwrap", "docker", "none"]
BackendName = Literal["none", "claude", "anthropic", "command"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaudeSettings:
    path: str = "claude"
    """The Claude Code program: a path, or a name looked up in PATH."""
    login: bool = False
    """Whether it uses the login of the daemon's user also where `api_key_file` names a key, which is then for another
    backend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSettings:
    argv: Annotated[tuple[str, ...], Names]
    """The program, a path or a name looked up in PATH, and its arguments. It reads the task from its standard input and
    writes the report, one JSON object, to its standard output."""
    env: Annotated[tuple[str, ...], Names] = ()
    """Variables of the daemon's environment that it may see beside PATH, language and time zone."""
    loopback: bool = False
    """Whether the gateway is offered on a port of 127.0.0.1, too, which ANTHROPIC_BASE_URL names: for a program that
    cannot talk to a Unix socket."""
    cost_usd: Annotated[float | None, NotNegative] = None
    """What a run costs that asks its model by itself instead of through the gateway: 0 for a model of one's own. null:
    nobody knows, and each run counts as its whole budget."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    small: str = "claude-haiku-5-5"
    """Model of the tier `small`."""
    large: str = "claude-sonnet-5-5"
    """Model of the tier `large`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalSettings:
    base_url: str
    """Root of a server of one's own that speaks the Messages API."""
    model: str
    """Model of the tier `local`; what it answers costs nothing."""
    api_key_file: Secret | None = None
    """File of mode 0600 that holds the key, where the server asks for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetSettings:
    """In US dollars. A request that might cost more than is left is never sent. null: no limit."""

    call_usd: Annotated[float | None, NotNegative] = None
    """One request."""
    inspection_usd: Annotated[float | None, NotNegative] = None
    """All runs of one inspection in a day; what one run may cost, its document says. Questions count as one, `ask`."""
    question_usd: Annotated[float | None, NotNegative] = 0.25
    """One question that a person asks, with all that is looked up for its answer."""
    day_usd: Annotated[float | None, NotNegative] = 5.0
    """All requests of a day, by the host's calendar."""
    month_usd: Annotated[float | None, NotNegative] = 50.0
    """All requests of a month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactionSettings:
    """What looks like a credential never leaves for a model. What is named here leaves under another name, which the
    model's answer has back at once: the report, a proposed action and a question to a probe mean the right host."""

    emails: bool = True
    """E-mail addresses."""
    addresses: bool = True
    """IP addresses, version 4 and 6."""
    keep: Annotated[tuple[str, ...], Names] = ("127.0.0.0/8", "0.0.0.0/8", "255.0.0.0/8", "::1", "::")
    """Networks and addresses that leave as they are, such as 10.0.0.0/8, and e-mail addresses or names."""
    hosts: Annotated[tuple[str, ...], Names] = ()
    """Names of hosts, and domains with all that is below them."""
    patterns: Annotated[tuple[Annotated[str, Expression], ...], Names] = ()
    """Regular expressions (RE2) of whatever else leaves under another name, such as the names of customers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramLimits:
    """Of one run's program, with all that it starts. For the sandbox `unit` they stand in cortex-agent@.service."""

    memory: Annotated[int, Size, Positive] = 2**30
    """Bytes of memory, such as 1GiB."""
    processes: Annotated[int, Positive] = 128
    """Processes and threads."""
    cpus: Annotated[float, Positive] = 1.0
    """Processors' worth of time."""
    disk: Annotated[int, Size, Positive] = 64 * 2**20
    """What its folder can hold; it is in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerSettings:
    path: str = "docker"
    """The engine's client: a path, or a name looked up in PATH."""
    image: str = "cortex-agent"
    """Image of the containers. Nothing has to be in it: what programs are made of is shown to them from the host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRoute:
    """Holds where all that it names holds; the first that does decides."""

    tier: Tier
    """That is asked: small, large or local."""
    inspections: Annotated[tuple[str, ...], Names] = ()
    """Names of inspections, or patterns such as `web*`; none: all."""
    severity: Severity | None = None
    """That the worst finding of the checks has at least."""
    budget_left_below: Annotated[float | None, PercentOrNone] = None
    """Percent of the day's or the month's budget, whichever has less left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeSettings:
    log_roots: Annotated[tuple[str, ...], Names] = ("/var/log",)
    """Folders below which log_file may read."""
    config_files: Annotated[tuple[str, ...], Names] = (
        *("/etc/fstab", "/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/os-release", "/etc/crypttab"),
        *("/usr/lib/os-release", "/run/systemd/resolve/*.conf"),
        *("/etc/sysctl.conf", "/etc/sysctl.d/*.conf", "/etc/security/limits.conf", "/etc/security/limits.d/*.conf"),
        *("/etc/systemd/*.conf", "/etc/systemd/*.conf.d/*.conf", "/etc/logrotate.conf", "/etc/logrotate.d/*"),
        *("/etc/apt/sources.list", "/etc/apt/sources.list.d/*", "/etc/chrony/chrony.conf", "/etc/chrony.conf"),
        *("/etc/nginx/nginx.conf", "/etc/nginx/conf.d/*", "/etc/nginx/sites-enabled/*", "/etc/apache2/*.conf"),
        *("/etc/nginx/sites-available/*", "/etc/apache2/sites-available/*"),
        *("/etc/apache2/sites-enabled/*", "/etc/httpd/conf/*.conf", "/etc/httpd/conf.d/*.conf", "/etc/caddy/Caddyfile"),
        *("/etc/mysql/my.cnf", "/etc/mysql/conf.d/*.cnf", "/etc/mysql/mariadb.conf.d/*.cnf", "/etc/redis/redis.conf"),
        *("/etc/postgresql/*/*/postgresql.conf", "/etc/docker/daemon.json", "/etc/ssh/sshd_config"),
    )
    """Files that config_file may show, masked: paths, or shell patterns of which * fits no slash. What holds secrets by
    its name (`*key*`, `shadow` and the like) is never shown, whatever stands here."""
    certificate_files: Annotated[tuple[str, ...], Names] = (
        "/etc/letsencrypt/live/*/fullchain.pem",
        "/etc/letsencrypt/live/*/cert.pem",
        "/etc/ssl/*.crt",
        "/etc/ssl/*.pem",
        "/etc/ssl/certs/*",
        "/etc/pki/tls/certs/*",
        "/etc/nginx/*.crt",
        "/etc/nginx/ssl/*.crt",
    )
    """Files in which certificate may look for certificates; nothing else of them is ever shown."""
    http_allow: Annotated[tuple[str, ...], Names] = ()
    """What http_get and certificate may ask beside the addresses that checks of inspections name: the beginning of a
    URL (`https://example.org/status/`), a host (`grafana.lan`, `127.0.0.1:3000`), or a pattern of hosts
    (`*.example.org`), which leads to no private address."""
    dns_allow: Annotated[tuple[str, ...], Names] = ("example.org", "www.debian.org", "localhost")
    """Names, or patterns such as `*.example.org`, that dns_lookup may ask for beside those that are known here: those
    that checks, `http_allow` and /etc/hosts name, the host's own, and whatever has no dot. A name goes to servers of
    others, and could carry away what a model was told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    backend: BackendName = "none"
    """`none`: rules only. `claude`: the Claude Code program, headless. `anthropic`: the Messages API. `command`: the
    program of `command`."""
    claude: ClaudeSettings = field(default_factory=ClaudeSettings)
    command: CommandSettings | None = None
    """Any other program that investigates."""
    next: Annotated[tuple[Literal["claude", "anthropic", "command"], ...], Names] = ()
    """Backends that stand in, in this order, as long as the one before cannot be used: its program or login is missing,
    or its model does not answer."""
    sandbox: SandboxName | None = None
    """What the model's program is confined by: `unit` (a unit of systemd), `bwrap` (bubblewrap), `docker`, `none`.
    `auto`: the first of these that works here; where none does, no program is run. Empty: as `auto`, but where nobody
    has set up the unit and neither of the others works, the program is run unconfined, and the log, the status and the
    doctor say so."""
    limits: ProgramLimits = field(default_factory=ProgramLimits)
    """Of the model's program in the sandboxes `bwrap` and `docker`."""
    readable: tuple[str, ...] = ()
    """Files and folders of the host that it can read there beside its own package and the system's programs."""
    docker: DockerSettings = field(default_factory=DockerSettings)
    base_url: str | None = None
    """Root of a server that speaks the Messages API; empty: Anthropic's."""
    api_key_file: Secret | None = None
    """File of mode 0600 that holds the API key."""
    models: ModelSettings = field(default_factory=ModelSettings)
    local: LocalSettings | None = None
    """The server of the tier `local`."""
    budget: BudgetSettings = field(default_factory=BudgetSettings)
    routes: tuple[ModelRoute, ...] = ()
    """Which tier is asked instead of the one that the document names; cortexctl models explain tells why."""
    probes: ProbeSettings = field(default_factory=ProbeSettings)
    fallback: tuple[Tier, ...] = ()
    """Tiers that are asked in this order where the first gives no answer or is not affordable."""
    redaction: RedactionSettings = field(default_factory=RedactionSettings)
    analysis_lasts: Annotated[float, Duration] = 86400.0
    """How long what a model said of a problem counts while nothing changes; then it is asked again."""
    recall: bool = True
    """Whether a problem that was solved before is looked at by the probes of that time instead of being investigated
    again: cortexctl memories. What is remembered is told in any case."""
    deadline_s: Annotated[float, Positive] = 120.0
    """Seconds after which a call is given up, whatever the inspection's own time-out."""
    max_turns: Annotated[int, Positive] = 20
    """How many turns one investigation may take."""
    concurrency: Annotated[int, Positive] = 2
    """How many investigations may be under way at once; the others wait within their run's time-out."""
