"""What stays here of what leaves for a model: secrets that are found, look-alikes that are masked, and what it takes.

    .venv/bin/python -m bench.redaction

The corpora are those of the tests (tests/corpus). `mask` is what logs and messages pass, the veil is what leaves for a
model; both in the same run, on the same texts.
"""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Sequence

from probed.agent.veil import Veil, hiding_of
from probed.config.agent import RedactionSettings
from probed.core.redaction import mask
from tests.corpus.reading import harmless_texts, look_alikes, secrets

ROUNDS = 7


def main() -> None:
    began_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    veil = Veil(hiding_of(RedactionSettings()))
    for name in ("secrets.yaml", "secrets_held_out.yaml"):
        known = secrets(name)
        found = [_share(known, hide) for hide in (mask, veil.hide)]
        print(f"{name}: of {len(known)} secrets mask finds {found[0]:.1%}, the veil {found[1]:.1%}")
    alike = look_alikes()
    for what, hide in (("mask", mask), ("the veil", Veil().hide)):
        masked = sum(hide(text) != text for text in alike) / len(alike)
        print(f"look_alikes.yaml: of {len(alike)} {what} masks {masked:.1%}")
    grown_mib = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - began_kib) / 1024
    print(f"memory: {grown_mib:.1f} MiB with all rules that these texts asked for")
    lines = harmless_texts()
    base_us = _median_us(mask, lines)
    times = _median_us(veil.hide, lines) / base_us
    print(f"time: the veil takes {times:.1f} times what mask does ({base_us:.0f} us a line)")


def _share(known: Sequence[tuple[str, str]], hide: Callable[[str], str]) -> float:
    return sum(secret not in hide(text) for secret, text in known) / len(known)


def _median_us(work: Callable[[str], object], lines: Sequence[str]) -> float:
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for line in lines:
            work(line)
        taken.append((time.perf_counter() - began) / len(lines) * 1e6)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
