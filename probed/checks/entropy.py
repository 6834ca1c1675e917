"""How much entropy the kernel has for random numbers, in bits.

Parameters: `warning` (100), `critical` (off), `clear`, `for` (10m).

Kernels from 5.18 on have 256 bits for good once they have begun; a finding there means that they have not, as on a
small virtual machine right after boot, and that programs wait for their keys: give the machine a virtio-rng device. On
older ones the number goes up and down, and programs that read /dev/random wait while it is low: install rng-tools or
haveged. No action fits by itself.

Example:
  - entropy: {warning: 100, for: 10m}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from probed.checks.parameters import Bounds, For, NumberBound
from probed.core.observation import CheckAnswer, Observation
from probed.host import proc


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(Bounds):
    below: ClassVar[bool] = True
    warning: NumberBound = 100.0
    critical: NumberBound = None
    clear: NumberBound = None
    for_s: For = 600.0


def look(params: Params) -> CheckAnswer:
    bits = proc.entropy_bits()
    summary = f"the kernel has {bits} bits of entropy"
    return (Observation("entropy", summary, bits, "bits", params.threshold, evidence={"bits": bits}, boot_grace=True),)
