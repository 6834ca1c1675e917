from __future__ import annotations

import json
import subprocess
import sys

LIGHT = {
    "anyio",
    "click",
    "h11",
    "pydantic",
    "pydantic_core",
    "python_multipart",
    "sniffio",
    "starlette",
    "typing_extensions",
    "typing_inspection",
    "uvicorn",
}
TOP_MODULES = """
import json, sys, probed.api.server
files = {name: getattr(module, "__file__", None) or "" for name, module in list(sys.modules.items())}
print(json.dumps(sorted({name.split(".")[0] for name, file in files.items() if "site-packages" in file})))
"""


def test_the_server_loads_no_library_beyond_these() -> None:
    done = subprocess.run([sys.executable, "-c", TOP_MODULES], capture_output=True, text=True, check=True, timeout=60)
    loaded = {name for name in json.loads(done.stdout) if not name.startswith("_")} - {"coverage"}  # it may be measured
    assert "starlette" in loaded
    assert loaded <= LIGHT | {"probed"}
