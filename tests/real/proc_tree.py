"""A private tree in the form of /proc, for states that no test can bring about in earnest: an uninterruptible sleep."""

from __future__ import annotations

from pathlib import Path


def write_process(
    proc: Path,
    pid: int,
    name: str,
    state: str = "S",
    *,
    waits_for: str = "0",
    switches: int = 10,
    terminal: int = 0,
    flags: int = 0x400000,
    fd_size: int = 64,
    limit: str = "1024",
) -> None:
    """As the kernel writes them, see proc_pid_stat(5); without a folder `fd`, which other users may not read."""
    folder = proc / str(pid)
    folder.mkdir(parents=True, exist_ok=True)
    numbers = f"-1 {flags} 100 0 0 0 7 3 0 0 20 0 1 0 {4200 + pid} 9000 900 0"
    (folder / "stat").write_text(f"{pid} ({name}) {state} 1 {pid} {pid} {terminal} {numbers}\n")
    (folder / "wchan").write_text(waits_for)
    (folder / "status").write_text(
        f"Name:\t{name}\nState:\t{state}\nFDSize:\t{fd_size}\nRssAnon:\t 2048 kB\nVmSwap:\t 512 kB\n"
        f"voluntary_ctxt_switches:\t{switches}\nnonvoluntary_ctxt_switches:\t0\n"
    )
    (folder / "limits").write_text(
        "Limit                     Soft Limit           Hard Limit           Units     \n"
        f"Max open files            {limit:<20} 1048576              files     \n"
    )
