"""Side by side with the peers on one host: how soon each notices what breaks, and what each takes to watch it.

    python -m bench.peers [--quick]

The same as `bench/run` with `--only` for each of the three measures.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from bench.__main__ import main

SIDE_BY_SIDE = ("notice", "deaths", "watch")


def side_by_side(arguments: Sequence[str]) -> int:
    return main([*(each for name in SIDE_BY_SIDE for each in ("--only", name)), *arguments])


if __name__ == "__main__":
    sys.exit(side_by_side(sys.argv[1:]))
