"""Where the faults that come with Cortex lie, and where things lie in the world of a drill, the same in each."""

from pathlib import Path

SHIPPED = Path(__file__).with_name("faults")

PRIVATE = "/srv/drill"
"""The folder that `inject` and `clean` get as `$1`, and that documents name."""
BIN = f"{PRIVATE}/bin"
"""What a fault puts here comes first on the PATH of the private daemon."""
FAULT = "/srv/fault"
"""A copy of the fault's folder."""
PROPS = "/srv/props"
"""What several of the faults use: small servers, and programs that answer from recordings."""
DAEMON = "/srv/probed"
"""The private daemon's own folder."""
