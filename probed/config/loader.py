"""The configuration file as typed settings; whatever is wrong with it is named with file and line."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Collection
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from probed.config.actions import SHIPPED
from probed.config.channels import KINDS
from probed.config.foreign import is_as_written, remedy
from probed.config.key import key_of
from probed.config.nearest import nearest
from probed.config.plugin_options import Unusable, options_type
from probed.config.sanity import contradictions
from probed.config.secret import COMMAND, FILE, credentials_folder
from probed.config.settings import Settings
from probed.config.yaml_tree import Place, Tree, YamlProblem, parse_yaml
from probed.errors import BrokenPlugin, ConfigError
from probed.plugins import ACTIONS, CHANNELS, NOUNS, made_of, plugins

MAX_BYTES = 256 * 1024

T = TypeVar("T")

EXPECTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "a text",
    "tuple_type": "a list",
    "dict_type": "keys with values",
}


def load_settings(path: Path) -> Settings:
    """Raises ConfigError; a file that others could change is refused, for whoever writes it commands the daemon."""
    try:
        with path.open("rb") as file:
            _refuse_foreign(path, os.fstat(file.fileno()))
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(str(path), 0, f"cannot be read: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise ConfigError(str(path), 0, f"is larger than {MAX_BYTES // 1024} KiB")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), content.count(b"\n", 0, error.start) + 1, "is not UTF-8") from error
    return parse_settings(text, path)


def parse_settings(text: str, path: Path) -> Settings:
    """Relative paths in the text are relative to the folder of `path`. Raises ConfigError, which names every error."""
    try:
        tree = parse_yaml(text)
    except YamlProblem as problem:
        raise ConfigError(str(path), problem.line, problem.reason) from problem
    data = {} if tree.data is None else _known_part(tree, (), Settings, tree.data)
    settings: Settings | None
    settings, invalid = _validated(tree, data, _adapter())
    problems = [*tree.problems, *invalid]
    if settings and not problems:
        problems += [YamlProblem(tree.line(place), _named(place, reason)) for place, reason in contradictions(settings)]
    if settings and not problems:
        settings, problems = _with_options(tree, settings), tree.problems
    if problems or not settings:
        raise _config_error(str(path), problems)
    return _with_programs(_anchored(settings, path.absolute().parent), path.absolute().parent)


def _with_options(tree: Tree, settings: Settings) -> Settings:
    """The options of plugins in the types that these have for them; what is wrong is noted as a problem."""
    channels = {
        name: replace(channel, options=_options(tree, ("channels", name, "options"), channel.options, channel.plugin))
        if channel.plugin
        else channel
        for name, channel in settings.channels.items()
    }
    of_actions = {
        name: _options(tree, ("actions", "plugins", name), options, name, ACTIONS)
        for name, options in settings.actions.plugins.items()
    }
    return replace(settings, channels=channels, actions=replace(settings.actions, plugins=of_actions))


def _options(tree: Tree, place: Place, options: object, name: str, group: str = CHANNELS) -> object:
    """A plugin that cannot be used is no mistake of the configuration; one that is not installed is."""
    known = plugins(group, KINDS if group == CHANNELS else SHIPPED)
    if name not in known:
        there_are = nearest(name, known) if known else "none is installed"
        named = (*place[:-1], "plugin") if group == CHANNELS else place
        reason = f"no package brings the {NOUNS[group]} {name!r}; {there_are}"
        tree.problems.append(YamlProblem(tree.line(named), _named(named, reason)))
        return None
    try:
        return made_of(known[name], lambda module: _typed(tree, place, options_type(module), options))
    except BrokenPlugin as broken:
        return Unusable(tree.line(place), str(broken))


def _typed(tree: Tree, place: Place, section: type[Any] | None, options: object) -> object:
    if section is None:
        if options:
            tree.problems.append(YamlProblem(tree.line(place), _named(place, "this plugin has no options")))
        return None
    value, problems = _validated(tree, _known_part(tree, place, section, options), TypeAdapter(section), place)
    tree.problems += problems
    return value


def _refuse_foreign(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ConfigError(str(path), 0, "is not a regular file")
    if status.st_uid not in (0, os.geteuid()):
        raise ConfigError(
            str(path), 0, f"belongs to another user (uid {status.st_uid}); type: chown {os.geteuid()} {path}"
        )
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise ConfigError(str(path), 0, f"can be changed by others; type: chmod go-w {path}")


def _config_error(path: str, problems: list[YamlProblem]) -> ConfigError:
    first, *others = sorted(problems, key=lambda problem: problem.line)
    return ConfigError(
        path, first.line, "\n".join([first.reason, *(f"{path}:{other.line}: {other.reason}" for other in others)])
    )


def _known_part(tree: Tree, place: Place, section: type[Any], data: object) -> object:
    """The data without the unknown keys, which are noted as problems; an empty section (`alerts:` with all its keys
    commented out) is one without keys."""
    if not isinstance(data, dict):
        return {} if data is None else data
    hints = get_type_hints(section)
    types = {key_of(item.name): (item.name, hints[item.name]) for item in fields(section)}
    where = f"in section {_dotted(place)!r}" if place else "at the top level"
    tree.problems += [
        YamlProblem(tree.line((*place, key)), _unknown(section, key, where, types)) for key in data if key not in types
    ]
    return {
        types[key][0]: _as_written(tree, (*place, key), value)
        if is_as_written(section, key)
        else _known(tree, (*place, key), types[key][1], value)
        for key, value in data.items()
        if key in types
    }


def _as_written(tree: Tree, place: Place, value: object) -> object:
    """Values of labels are texts, whatever they look like."""
    if not isinstance(value, dict):
        return value
    return {name: tree.written.get((*place, name), item) for name, item in value.items()}


def _known(tree: Tree, place: Place, type_: object, value: object) -> object:
    """The same for a value, which may be a section, or hold sections by name or in a list."""
    if is_dataclass(type_):
        return _known_part(tree, place, cast("type[Any]", type_), value)
    for inner in get_args(type_):
        if is_dataclass(inner) and get_origin(type_) in (Union, UnionType):
            return None if value is None else _known(tree, place, inner, value)
        if is_dataclass(inner) and isinstance(value, dict):
            return {key: _known(tree, (*place, key), inner, item) for key, item in value.items()}
        if is_dataclass(inner) and isinstance(value, list):
            return [_known(tree, (*place, number), inner, item) for number, item in enumerate(value)]
    return value


def _unknown(section: type[Any], key: str, where: str, known: Collection[str]) -> str:
    if instead := remedy(section, key):
        return f"the key {key!r} {where} is not used here: {instead}"
    return f"unknown key {key!r} {where}; {nearest(key, known)}"


@cache
def _adapter() -> TypeAdapter[Settings]:
    return TypeAdapter(Settings)


def _validated(
    tree: Tree, data: object, adapter: TypeAdapter[Any], within: Place = ()
) -> tuple[Any, list[YamlProblem]]:
    """As JSON, because there strict means: no number from a text, but a path from one."""
    try:
        return adapter.validate_json(json.dumps(data), strict=True), []
    except ValidationError as error:
        found = error.errors(include_url=False)
        problems = [((*within, *_place_of(item)), _reason(item)) for item in found]
        return None, [YamlProblem(tree.line(place), _named(place, reason)) for place, reason in problems]


def _place_of(error: ErrorDetails) -> Place:
    """Without what tells the members of a union apart."""
    return tuple(
        key_of(step) if isinstance(step, str) else step for step in error["loc"] if step not in (FILE, COMMAND)
    )


def _named(place: Place, reason: str) -> str:
    return f"{_dotted(place)}: {reason}" if place else reason


def _dotted(place: Place) -> str:
    return ".".join(map(str, place))


def _reason(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    got = f", not {_shown(error['input'])}"
    match error["type"]:
        case "value_error":
            return str(context["error"])
        case "literal_error":
            return f"expected {context['expected']}{got}"
        case "greater_than":
            return f"expected more than {context['gt']:g}{got}"
        case "dataclass_type":
            return f"expected keys with values{got}"
        case known if known in EXPECTED:
            hint = "; put it in quotes" if known == "string_type" and isinstance(error["input"], int | float) else ""
            return f"expected {EXPECTED[known]}{got}{hint}"
        case _:
            return error["msg"]


def _shown(value: object) -> str:
    if value is None:
        return "an empty value"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:59] + "…"


def _anchored(value: T, folder: Path) -> T:
    if isinstance(value, Path):
        return cast("T", _below(folder, _expanded(value)))
    if isinstance(value, tuple):
        return cast("T", tuple(_anchored(item, folder) for item in value))
    if isinstance(value, dict):
        return cast("T", {key: _anchored(item, folder) for key, item in value.items()})
    if not is_dataclass(value) or isinstance(value, type):
        return value
    return cast("T", replace(value, **{f.name: _part(f.name, getattr(value, f.name), folder) for f in fields(value)}))


def _part(name: str, value: object, folder: Path) -> object:
    """A file that has a bare name is systemd's credential of that name, where there is one."""
    if isinstance(value, Path) and name.endswith("_file") and len(value.parts) == 1:
        credentials = credentials_folder(folder, os.environ)
        if credentials and _may_be_there(credentials / value):
            return credentials / value
    return _anchored(value, folder)


def _may_be_there(path: Path) -> bool:
    """Also where nobody lets us look: then it is the reason to be told."""
    try:
        path.stat()
    except PermissionError:
        return True
    except OSError:
        return False
    return True


def _below(folder: Path, path: Path) -> Path:
    """`..` at the beginning leads to the real parent, where a link may stand in between."""
    while path.parts[:1] == ("..",):
        folder, path = folder.resolve().parent, Path(*path.parts[1:])
    return folder / path


def _with_programs(settings: Settings, folder: Path) -> Settings:
    """A program with a slash in its name is a path like any other; without one it is looked up in PATH."""
    agent = settings.agent
    agent = replace(agent, claude=replace(agent.claude, path=_program(agent.claude.path, folder)))
    if (command := agent.command) and command.argv:
        argv = (_program(command.argv[0], folder), *command.argv[1:])
        agent = replace(agent, command=replace(command, argv=argv))
    return replace(settings, agent=agent)


def _program(name: str, folder: Path) -> str:
    return str(_below(folder, _expanded(Path(name)))) if "/" in name else name


def _expanded(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError:  # no such user; what is written there is then a strange name, which is legal
        return path
