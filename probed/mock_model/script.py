"""A script: a YAML or JSON file with a list of answers, of which each request gets the first whose condition holds.

answers:
  - when: {turn: 1}                       # the beginning of a conversation
    call: {processes: {limit: 5}}         # a probe by its own name; several are called in one turn
  - when: {result: 'used_percent": (\\d+)'}
    report: {verdict: warning, summary: "/srv is ${1} % full", findings: []}
  - say: I have nothing to say to that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from probed.config.nearest import nearest
from probed.config.yaml_tree import Place, Tree, YamlProblem, parse_yaml
from probed.errors import ConfigError
from probed.mock_model.condition import Condition, Times
from probed.mock_model.reply import Cut, Failure, Garbage, Hang, Message, Pace, Reply, text
from probed.mock_model.request import Request, calls, report
from probed.mock_model.server import Script

SHIPPED = Path(__file__).with_name("scripts")
CONDITIONS = ("turn", "text", "result", "offers", "model", "times")
KINDS = ("say", "call", "report", "refuse", "garbage", "cut", "hang", "fail")
MANNERS = ("when", "pause", "pieces", "pieces_pause", "input_tokens", "output_tokens")
ERRORS = {400: "invalid_request_error", 401: "authentication_error", 429: "rate_limit_error", 529: "overloaded_error"}
WORD = re.compile(r"\$\{(\w+)\}")
NOTHING_FITS = Failure(400, "invalid_request_error", "the script has no answer for this request")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Scripted:
    condition: Condition
    kind: str
    content: Any
    pause_s: float = 0.0
    pace: Pace | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None

    def reply(self, request: Request, words: Mapping[str, str]) -> Reply:
        made = _made(self.kind, _filled(self.content, words), request)
        return self._taking(made) if isinstance(made, Message) else made

    def _taking(self, made: Message) -> Message:
        sent = made.input_tokens if self.input_tokens is None else self.input_tokens
        said = made.output_tokens if self.output_tokens is None else self.output_tokens
        return replace(made, pace=self.pace, input_tokens=sent, output_tokens=said)


def scripts() -> Mapping[str, Path]:
    """Those that come with Cortex, by name."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.yaml"))}


def shipped(name: str) -> Script:
    return read_script(scripts()[name])


def found(name: str) -> Script:
    """One that comes with Cortex, or a file. Raises ConfigError."""
    return read_script(scripts().get(name) or Path(name))


def read_script(path: Path) -> Script:
    """Raises ConfigError with file, line and reason."""
    try:
        tree = parse_yaml(path.read_text())
    except YamlProblem as problem:
        raise ConfigError(str(path), problem.line, problem.reason) from problem
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(str(path), 0, f"cannot be read: {reason} (shipped are {', '.join(scripts())})") from error
    if tree.problems:
        raise ConfigError(str(path), tree.problems[0].line, tree.problems[0].reason)
    return _playing(_Reader(path, tree).answers())


def _playing(answers: Sequence[Scripted]) -> Script:
    def play(request: Request) -> Reply:
        for answer in answers:
            words = answer.condition.words(request)
            if words is not None:
                request.wait(answer.pause_s)
                return answer.reply(request, words)
        return NOTHING_FITS

    return play


def _made(kind: str, content: Any, request: Request) -> Reply:
    match kind:
        case "say":
            return text(content)
        case "call":
            return calls(request, content)
        case "report":
            return report(request, content)
        case "refuse":
            return Message([], stop_reason="refusal")
        case "garbage":
            return Garbage(content.encode()) if isinstance(content, str) else Garbage()
        case "cut":
            return Cut()
        case "hang":
            return Hang()
        case _:
            return _failure(**content)


def _failure(status: int, text: str = "", headers: Mapping[str, str] | None = None) -> Failure:
    kind = ERRORS.get(status, "api_error")
    return Failure(status, kind, text or kind, headers or {})


def _filled(content: Any, words: Mapping[str, str]) -> Any:
    """`${name}` is what the pattern of the condition found."""
    if isinstance(content, str):
        return WORD.sub(lambda match: words.get(match[1], match[0]), content)
    if isinstance(content, list):
        return [_filled(each, words) for each in content]
    if isinstance(content, dict):
        return {name: _filled(each, words) for name, each in content.items()}
    return content


@dataclass(slots=True)
class _Reader:
    path: Path
    tree: Tree

    def answers(self) -> Sequence[Scripted]:
        entries = self._mapping((), self.tree.data, ("answers",))
        answers = self._typed(("answers",), entries.get("answers"), list, "a list of answers")
        if not answers:
            self._fail(("answers",), "is empty")
        return [self._answer(("answers", place), answer) for place, answer in enumerate(answers)]

    def _answer(self, place: Place, data: object) -> Scripted:
        entries = self._mapping(place, data, (*KINDS, *MANNERS))
        kinds = [kind for kind in KINDS if kind in entries]
        if len(kinds) != 1:
            self._fail(place, f"wants one of {', '.join(KINDS)}, and has {', '.join(kinds) or 'none'}")
        pieces = self._number(place, entries, "pieces", int)
        pause_s = self._number(place, entries, "pieces_pause", float)
        sent, said = (
            self._number(place, entries, name, int) if name in entries else None
            for name in ("input_tokens", "output_tokens")
        )
        return Scripted(
            self._condition((*place, "when"), entries.get("when", {})),
            kinds[0],
            self._content((*place, kinds[0]), kinds[0], entries[kinds[0]]),
            self._number(place, entries, "pause", float),
            Pace(pieces, pause_s) if pieces else None,
            sent,
            said,
        )

    def _condition(self, place: Place, data: object) -> Condition:
        entries = self._mapping(place, data, CONDITIONS)
        times = self._number(place, entries, "times", int)
        return Condition(
            turn=self._number(place, entries, "turn", int) or None,
            text=self._pattern((*place, "text"), entries.get("text")),
            result=self._pattern((*place, "result"), entries.get("result")),
            offers=self._typed((*place, "offers"), entries.get("offers", ""), str, "a tool's name"),
            model=self._typed((*place, "model"), entries.get("model", ""), str, "a model's name"),
            times=Times(times) if times else None,
        )

    def _content(self, place: Place, kind: str, data: object) -> object:
        if kind == "say":
            return self._typed(place, data, str, "words")
        if kind == "call":
            wanted = self._typed(place, data, dict, "tools with their arguments")
            return {tool: self._typed((*place, tool), wanted[tool] or {}, dict, "arguments") for tool in wanted}
        if kind == "fail":
            entries = self._mapping(place, data, ("status", "text", "headers"))
            status = self._typed((*place, "status"), entries.get("status"), int, "an HTTP status")
            if not 400 <= status <= 599:
                self._fail((*place, "status"), "is no status of an error, from 400 to 599")
            self._typed((*place, "headers"), entries.get("headers", {}), dict, "names with values")
        if kind == "report":
            self._typed(place, data, dict, "a report")
        return data

    def _mapping(self, place: Place, data: object, known: Sequence[str]) -> Mapping[str, object]:
        entries = self._typed(place, data, dict, f"keys with values ({', '.join(known)})")
        for key in entries:
            if key not in known:
                self._fail((*place, key), f"is not known here; {nearest(key, known)}")
        return entries

    def _pattern(self, place: Place, data: object) -> re.Pattern[str] | None:
        if data is None:
            return None
        try:
            return re.compile(self._typed(place, data, str, "a pattern"))
        except re.error as error:
            self._fail(place, f"is no pattern: {error}")

    def _number(self, place: Place, entries: Mapping[str, object], key: str, kind: Callable[[Any], T]) -> T:
        number = entries.get(key, 0)
        if isinstance(number, bool) or not isinstance(number, int | float) or number < 0 or kind(number) != number:
            self._fail((*place, key), "is no number from 0 on")
        return kind(number)

    def _typed(self, place: Place, data: object, kind: type[T], words: str) -> T:
        if not isinstance(data, kind) or (isinstance(data, bool) and kind is int):
            self._fail(place, f"expected {words}")
        return data

    def _fail(self, place: Place, reason: str) -> NoReturn:
        name = ".".join(map(str, place))
        raise ConfigError(str(self.path), self.tree.line(place), f"{name}: {reason}" if name else reason)
