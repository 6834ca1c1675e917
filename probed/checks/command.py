"""A program of one's own, run as a Nagios plugin: its exit code is the verdict, its first line the summary.

Parameters: `command` (a list of words, or a text that is split as a shell would, without a shell), `timeout` (10s),
`name` (the command line, shortened; the object of the finding), `for` (0s).

Exit code 0 is healthy, 1 a warning, 2 critical. Any other, 3 among them, and a program that does not end in time are no
answer. A script can say it in words instead: with exit code 0 a line that begins with the word `WARN` or `CRIT` is a
warning or critical, the worst one counts, and is the summary. Else the first line is, and all are kept in the evidence.
What stands behind `|` is read as performance data: its first twenty numbers are kept over time, each as the object
`NAME LABEL`, and judged by the program alone. A bare name that PATH does not know is looked for where distributions put
Nagios's plugins. The program gets no shell, no standard input and hardly any environment; of its output 64 KiB are
read, and nothing that it starts outlives it. What looks like a password in the command line is masked; commands that
differ in nothing else need names. No action fits by itself.

Example:
  - command: {command: [/usr/bin/test, -d, /etc], name: configuration is there}
"""

from __future__ import annotations

import math
import os
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, cast

from pydantic import BeforeValidator, Field

from probed.checks.naming import short_name
from probed.checks.parameters import For, Timeout, lasting
from probed.core.finding import Severity
from probed.core.observation import CheckAnswer, Observation
from probed.core.redaction import mask
from probed.errors import CheckFailed
from probed.host.command import Completed, run_command

SEVERITIES = {0: None, 1: Severity.WARNING, 2: Severity.CRITICAL}
WORDS = (("CRIT", Severity.CRITICAL), ("WARN", Severity.WARNING))
"""Not those of Nagios's plugins, whose exit code says it, too, and may have been turned round (`negate`)."""
MAX_OUTPUT_BYTES = 65_536
MAX_TEXT = 1000
"""Characters of the output that are kept."""
MAX_PERFORMANCE = 4096
"""Characters of the performance data that are read."""
PERFORMANCE = re.compile(r"(?<!\S)('(?:[^']|'')++'|[^\s=']++)=(-?[\d.,]++)([^\s;\d]*+)((?:;[^\s;]*+){0,4})")
"""Linear in the text: what repeats is possessive, and an entry begins where a word does."""
MAX_NAME = 60
MAX_MEASURES = 20
PLUGINS = ("/usr/lib/nagios/plugins", "/usr/lib64/nagios/plugins", "/usr/lib/monitoring-plugins")
"""Where distributions put them, outside PATH."""


def _words(value: object) -> object:
    return shlex.split(value) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    command: Annotated[tuple[str, ...], BeforeValidator(_words), Field(min_length=1)]
    name: str | None = None
    timeout_s: Timeout = 10.0
    for_s: For = 0.0


def look(params: Params) -> CheckAnswer:
    done = _run(params)
    if done.exit_code not in SEVERITIES:
        raise CheckFailed(f"{params.command[0]} {_no_answer(done, params.timeout_s)}")
    text, data = split_output(done.stdout)
    severity, said = SEVERITIES[done.exit_code], ""
    if severity is None:
        severity, said = _in_words(text)
    name = params.name or short_name(mask(shlex.join(params.command)), MAX_NAME)
    evidence: dict[str, object] = {"exit_code": done.exit_code, "seconds": round(done.seconds, 3), "output": text}
    if data:
        evidence["performance"] = data
    summary = said or (text.splitlines()[0] if text else f"{name} ended with exit code {done.exit_code}")
    verdict = Observation(name, summary, threshold=lasting(params.for_s), severity=severity, evidence=evidence)
    return verdict, *_measures(name, data)


def _in_words(text: str) -> tuple[Severity | None, str]:
    """What a script says that does not say it by its exit code, with the line."""
    for word, severity in WORDS:
        for line in text.splitlines():
            if re.match(rf"{word}\b", line):
                return severity, line
    return None, ""


def _measures(name: str, data: Mapping[str, Mapping[str, object]]) -> Iterator[Observation]:
    """The first numbers of the performance data, to be kept as the host's other numbers are; the plugin has judged."""
    for label, measure in list(data.items())[:MAX_MEASURES]:
        value, unit = cast(float, measure["value"]), str(measure["unit"])
        text = f"{name} {label}"
        yield Observation(text, f"{text} is {value:g}{unit}", value, unit)


def _run(params: Params) -> Completed:
    try:
        return run_command(_found(params.command), deadline_s=params.timeout_s, max_output_bytes=MAX_OUTPUT_BYTES)
    except OSError as error:
        raise CheckFailed(f"{params.command[0]} cannot be started: {error.strerror}") from error


def _found(command: Sequence[str]) -> Sequence[str]:
    """A plugin's bare name stands for the one in the folder of plugins, where PATH knows none."""
    program = command[0]
    if "/" in program or shutil.which(program):
        return command
    return [
        next((path for folder in PLUGINS if os.access(path := f"{folder}/{program}", os.X_OK)), program),
        *command[1:],
    ]


def _no_answer(done: Completed, timeout_s: float) -> str:
    if done.timed_out:
        return f"did not end within {timeout_s:g} s"
    said = (done.stdout.strip() or done.stderr.strip())[:MAX_TEXT]
    return f"ended with exit code {done.exit_code}" + (f": {said}" if said else "")


def split_output(output: str) -> tuple[str, dict[str, dict[str, object]]]:
    """The text for people, and the performance data by label; see the guidelines for Nagios plugins.

    `OK - fine | load=0.5;1;2;0 'free space'=12GB` gives `OK - fine` and two entries with `value` and `unit`, and with
    `warning`, `critical`, `min` and `max` where they are given.
    """
    texts, data = [], []
    for line in output.splitlines():
        text, _, performance = line.partition("|")
        texts.append(text.rstrip())
        data.append(performance)
    found = (_measure(match) for match in PERFORMANCE.finditer(_whole_words(" ".join(data))))
    return "\n".join(texts).strip()[:MAX_TEXT], {label: measure for label, measure in found if measure}


def _whole_words(data: str) -> str:
    """At most MAX_PERFORMANCE characters, and no number that was cut in two."""
    return data if len(data) <= MAX_PERFORMANCE else data[:MAX_PERFORMANCE].rpartition(" ")[0]


def _measure(match: re.Match[str]) -> tuple[str, dict[str, object]]:
    label = match[1].strip("'").replace("''", "'")
    try:
        value = float(match[2].replace(",", "."))
    except ValueError:
        return label, {}
    if not math.isfinite(value):
        return label, {}
    bounds = dict(zip(("warning", "critical", "min", "max"), match[4].split(";")[1:], strict=False))
    return label, {"value": value, "unit": match[3], **{name: bound for name, bound in bounds.items() if bound}}
