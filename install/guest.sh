# shellcheck shell=bash
# Part of install.sh: what a container guest (LXC and its like) shares with its host, and so lacks itself.

CAP_SYS_TIME=25

has_capability() { # has_capability NUMBER: may anything here have it?
  local bounds
  bounds=$(sed -n 's/^CapBnd:\t//p' /proc/self/status)
  (((0x$bounds >> $1) & 1))
}

# The service runs in namespaces of its own.
require_namespaces() { # require_namespaces GUEST
  systemd-run --quiet --wait --collect --property={ProtectSystem=strict,PrivateDevices=yes,ProtectKernelTunables=yes} \
    /bin/true 2>/dev/null && return
  die "this guest ($1) lets systemd make no namespaces, in which the service is to run. On its host, Proxmox:" \
    "pct set ID --features nesting=1. Incus, LXD: incus config set NAME security.nesting=true. Then start it anew." \
    $'\n'"Without it: ./install.sh try"
}

missing_here() {
  has_capability "$CAP_SYS_TIME" || echo "setting the clock (sync_clock)"
  [[ -r /proc/pressure/cpu ]] || echo "the pressure on cpu, memory and disks (the check pressure)"
  [[ -d /sys/fs/cgroup/memory ]] || grep -qsw memory /sys/fs/cgroup/cgroup.controllers || echo "a bound on the service's memory (MemoryMax)"
  [[ -r /dev/kmsg ]] || echo "the kernel's log"
}

look_at_guest() {
  local guest missing
  guest=$(systemd-detect-virt --container 2>/dev/null) || return 0
  require_namespaces "$guest"
  missing=$(missing_here | sed 's/$/,/' | tr '\n' ' ')
  say "This is a guest ($guest): it shares the kernel, its load and its disks with its host.${missing:+ Not to be had here: ${missing%, }.}"
}
