import subprocess
import sys

CODE = """
import psutil
from probed.daemon.memory import give_back
rss = psutil.Process().memory_info
kept = bytearray(1)
pieces = [bytes(4000) for _ in range(20_000)]
last = bytes(4000)
del pieces
before = rss().rss
give_back()
print(before - rss().rss)
"""


def test_freed_memory_goes_back_to_the_kernel() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)

    assert int(done.stdout) > 20_000_000
