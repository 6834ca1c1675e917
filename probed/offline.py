"""What works without a running daemon: each function prints its result and returns an exit code."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from probed.actions.registry import build_actions
from probed.api.mapping.route import taken_shapes, tree_shapes
from probed.assembly import build_backup_folder, load_catalogue
from probed.channels.message_templates import read_templates
from probed.channels.registry import build_life_sign, renew_channels
from probed.checks.registry import CheckRegistry
from probed.config.agent import BudgetSettings
from probed.config.defaults import Surroundings, resolved, with_defaults
from probed.config.documents import load_documents
from probed.config.key import key_of
from probed.config.loader import load_settings
from probed.config.nearest import nearest
from probed.config.origin import settings_with_origin
from probed.config.plugin_options import Unusable
from probed.config.routing import routing_of
from probed.config.secret import SecretCommand, read_secret
from probed.config.settings import Settings
from probed.config.yaml_tree import Tree, parse_yaml
from probed.core.inspection import duration_text
from probed.core.redaction import mask
from probed.daemon.workers import WorkerPool
from probed.errors import ConfigError, ParameterError
from probed.tracing.collector import usable_headers

SYSTEM_CONFIG = Path("/etc/cortex/config.yaml")


def effective_settings(path: Path | None, *, is_shown: bool = False) -> Settings:
    """The settings of `path`, else of the system's configuration, else the defaults; `is_shown` as its service has
    them. Raises ConfigError."""
    chosen = configuration_file(path)
    around = Surroundings.here(of_system=chosen == SYSTEM_CONFIG, is_shown=is_shown)
    settings = with_defaults(load_settings(chosen) if chosen else Settings(), around)
    names = build_actions(settings.actions).names() if settings.actions.policy else ()
    for name in settings.actions.policy:
        if name not in names:  # a bound with a wrong name would bind nothing
            raise ConfigError(str(chosen), 0, f"actions.policy: no action is named {name!r}; {nearest(name, names)}")
    return settings


def configuration_file(path: Path | None) -> Path | None:
    """The one that counts; None: there is none. Raises ConfigError."""
    if path:
        return path
    try:
        return SYSTEM_CONFIG if SYSTEM_CONFIG.exists() else None
    except PermissionError:
        reason = f"uid {os.geteuid()} may not read it; name another one with --config"
        raise ConfigError(str(SYSTEM_CONFIG), 0, reason) from None


def show_routes(path: Path | None, labels: Sequence[str], *, as_json: bool) -> int:
    """Where an alert with these labels would go; without labels all routes. Raises ConfigError, ParameterError."""
    settings = effective_settings(path)
    built = dict.fromkeys(["telegram"] if settings.telegram.token_file else [], False)
    built |= dict.fromkeys([*settings.channels, *([] if built or settings.channels else ["journal"])], False)
    routing, now = routing_of(settings.alerts, built), datetime.now(UTC)
    given = {}
    for text in labels:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise ParameterError("", f"{text!r} is no label; write it like team=db")
        given[name] = value
    shapes = taken_shapes(routing, given, now) if given else tree_shapes(routing, now)
    if as_json:
        print(json.dumps({"routes": [asdict(shape) for shape in shapes]}, indent=2))
    else:
        for shape in shapes:
            group = shape.group_key or f"by {', '.join(shape.group_by) or 'nothing'}"
            spans = (shape.group_wait_s, shape.group_interval_s, shape.repeat_interval_s)
            times = "told after {}, then every {}, again after {}".format(*map(duration_text, spans))
            indent = "" if given else "  " * shape.depth
            print(f"{indent}{shape.key}  to {shape.receiver} ({', '.join(shape.recipients) or 'nobody'})")
            print(f"{indent}  group {group}, {times}{', muted now' if shape.muted else ''}")
    return 0


def show_version() -> int:
    print(f"probed {version('cortex-ops')}")
    return 0


def check_config(path: Path | None) -> int:
    """All that the daemon would refuse to start with, and message templates that it would not use. Raises
    ConfigError."""
    settings = effective_settings(path)
    _refuse_unusable(path or SYSTEM_CONFIG, settings)
    load_catalogue(settings)
    build_backup_folder(settings)
    for secret, key in secrets_of(settings):
        read_secret(secret, key)
    renew_channels((), settings, lambda: WorkerPool(1))
    build_life_sign(settings.heartbeat)
    if settings.tracing.endpoint:
        usable_headers(settings.tracing)
    broken = read_templates(settings.telegram.templates).broken
    for error in broken:
        print(error, file=sys.stderr)
    if broken:
        return 2
    print(f"{path or SYSTEM_CONFIG}: ok, mode {settings.mode}, inspections in {settings.inspections.dir}")
    return 0


def _refuse_unusable(path: Path, settings: Settings) -> None:
    """The daemon does without a plugin that cannot be used; whoever asks wants to know. Raises ConfigError."""
    for options in (*(channel.options for channel in settings.channels.values()), *settings.actions.plugins.values()):
        if isinstance(options, Unusable):
            raise ConfigError(str(path), options.line, options.reason)


def show_config(path: Path | None, *, with_origin: bool, as_json: bool) -> int:
    settings = effective_settings(path, is_shown=True)
    if with_origin:
        _show_origins(configuration_file(path), shown(settings), as_json=as_json)
    elif as_json:
        print(json.dumps(shown(settings), indent=2))
    else:
        yaml.safe_dump(shown(settings), sys.stdout, sort_keys=False, allow_unicode=True)
    return 0


def _show_origins(file: Path | None, settings: Mapping[str, object], *, as_json: bool) -> None:
    around = Surroundings.here(of_system=file == SYSTEM_CONFIG, is_shown=True)
    tree = parse_yaml(file.read_text()) if file else Tree()
    found = list(settings_with_origin(settings, tree, file, around))
    if as_json:
        print(json.dumps({"file": str(file or ""), "settings": [asdict(setting) for setting in found]}, indent=2))
        return
    width = max(len(setting.key) for setting in found)
    print(f"# lines are those of {file}" if file else "# there is no file: all are defaults")
    for setting in found:
        value = json.dumps(setting.value, ensure_ascii=False)
        print(f"{setting.key:<{width}}  {value}  # {setting.words}")


def shown(settings: Settings) -> dict[str, object]:
    """By section, without secrets."""
    return {key_of(item.name): plain(getattr(settings, item.name)) for item in fields(settings)}


def validate(path: Path | None, place: Path | None) -> int:
    """Check the documents of a folder, or one of them; exit code 2 when one is broken."""
    settings = effective_settings(path)
    place = place or resolved(settings.inspections.dir)
    folder = place.parent if place.is_file() else place
    actions = build_actions(settings.actions)
    inspections, broken = load_documents(
        folder, CheckRegistry(), actions.names(), actions.fault, most_usd(settings.agent.budget)
    )
    if place.is_file():
        inspections = [inspection for inspection in inspections if Path(inspection.path) == place]
        broken = [document for document in broken if Path(document.path) == place]
    for inspection in inspections:
        checks = "1 check" if len(inspection.checks) == 1 else f"{len(inspection.checks)} checks"
        print(f"{inspection.path}: ok, {inspection.id}, {inspection.schedule}, {checks}")
    for document in broken:
        print(document, file=sys.stderr)
    if not inspections and not broken:
        print(f"{place}: no inspection; one is a file *.md", file=sys.stderr)
        return 2
    return 2 if broken else 0


def most_usd(budget: BudgetSettings) -> float | None:
    """What no run could ever spend: the gateway would stop it first. None: nothing limits it."""
    limits = (budget.inspection_usd, budget.day_usd, budget.month_usd)
    return min((limit for limit in limits if limit is not None), default=None)


def secrets_of(settings: Settings) -> list[tuple[Path | SecretCommand, str]]:
    """Those that nothing else reads when the configuration is checked, with their keys."""
    named = (
        (settings.telegram.token_file, "telegram.token_file"),
        (settings.agent.api_key_file, "agent.api_key_file"),
        (settings.api.tcp.token_file, "api.tcp.token_file"),
    )
    return [(path, key) for path, key in named if path]


def _place_of(url: object) -> object:
    """Of an address where messages go: whoever knows its path can often send there, too."""
    parts = urlsplit(str(url or ""))
    if not parts.netloc:
        return plain(url)
    is_bare = parts.path in ("", "/") and not parts.query
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" + ("" if is_bare else "/***secret***")


def plain(value: object) -> object:
    """Settings as what YAML can write. A secret in a wrong place, such as a token instead of its file, is masked."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            key_of(item.name): (_place_of if item.name == "url" else plain)(getattr(value, item.name))
            for item in fields(value)
        }
    if isinstance(value, Path | str):
        return mask(str(value))
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return value
