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


SETTLED = """
import asyncio, gc
from probed import upkeep
upkeep.TIDY_AFTER_START_S = 0.0
async def begin():
    task = asyncio.create_task(upkeep.tidy_memory())
    await asyncio.sleep(0.2)
    task.cancel()
asyncio.run(begin())
print(gc.get_freeze_count())
"""


def test_what_the_start_has_made_is_no_longer_visited_by_the_collector_of_cycles() -> None:
    done = subprocess.run([sys.executable, "-c", SETTLED], capture_output=True, text=True, check=True)

    assert int(done.stdout) > 10_000
