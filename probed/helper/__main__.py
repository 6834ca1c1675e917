"""`probed-helper`: carries out, as root, what the policy allows and the daemon may not do by itself.

Run it isolated, so that nothing but the standard library and this package is ever loaded: `python -I -S __main__.py`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

USAGE = "usage: probed-helper [--policy FILE]"


def main(argv: list[str]) -> int:
    from probed.helper import journal
    from probed.helper.policy import DEFAULT_PATH
    from probed.helper.server import NotActivated, Server, inherited_socket, settle

    if argv and (len(argv) != 2 or argv[0] != "--policy"):
        print(USAGE, file=sys.stderr)
        return 2
    try:
        listener = inherited_socket(os.environ)
    except NotActivated as error:
        journal.warning(str(error))
        return 2
    settle()
    Server(listener, Path(argv[1]) if argv else DEFAULT_PATH).serve()
    return 0


if __name__ == "__main__":
    if not __package__:  # started by its path, where nobody else's modules can be found
        sys.path.append(str(Path(__file__).resolve().parents[2]))
    sys.exit(main(sys.argv[1:]))
