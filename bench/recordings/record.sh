#!/usr/bin/env bash
# Records, each second for SECONDS_TOTAL (1500) seconds, how full three small file systems in memory are that real processes
# write to, and what this host does meanwhile. As root:  bench/recordings/record.sh [FOLDER]
#   steady    a program appends to its log, in pieces of random size, until nothing is left
#   rotated   a program appends to a log that is rotated and compressed at 12 MiB, of which two are kept
#   cleaned   as steady, but somebody empties the log once, 500 seconds after the beginning
#   cached    the share of memory that is page cache, while files are read
#   busy      the share of processor time that is not idle
# Each line of a file: seconds since the beginning, percent.
set -euo pipefail
out=$(readlink -f "${1:-$(dirname "$0")}")
total=${SECONDS_TOTAL:-1500}
work=$(mktemp -d)
children=()
finish() {
  kill "${children[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
  umount "$work"/{steady,rotated,cleaned} 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
for name in steady rotated cleaned; do
  mkdir "$work/$name"
  mount -t tmpfs -o size=48M tmpfs "$work/$name"
done
append() { head -c $((RANDOM * $2 / 32768 + 1000)) /dev/urandom >>"$1" 2>/dev/null || true; }
(while :; do append "$work/steady/log" 84000; sleep 1; done) & children+=($!)
(while :; do append "$work/cleaned/log" 130000; sleep 1; done) & children+=($!)
(sleep $((total / 3)); : >"$work/cleaned/log") & children+=($!)
(
  while :; do
    append "$work/rotated/log" 200000
    if [ "$(stat -c %s "$work/rotated/log")" -gt $((12 * 1024 * 1024)) ]; then
      [ -f "$work/rotated/log.1.gz" ] && mv "$work/rotated/log.1.gz" "$work/rotated/log.2.gz"
      gzip -1 -c "$work/rotated/log" >"$work/rotated/log.1.gz"
      : >"$work/rotated/log"
    fi
    sleep 1
  done
) & children+=($!)
(while :; do find /usr/lib -type f -size +64k -print0 2>/dev/null | xargs -0 -n 20 sh -c 'cat "$@" >/dev/null; sleep 2' sh; done) & children+=($!)
used() { df --output=used,avail -B1 "$work/$1" | awk 'NR == 2 { printf "%.2f", 100 * $1 / ($1 + $2) }'; }
cached() { awk '/^MemTotal/ { t = $2 } /^Cached/ { c = $2 } END { printf "%.2f", 100 * c / t }' /proc/meminfo; }
before=$(awk 'NR == 1 { print $2 + $3 + $4 + $7 + $8 + $9, $2 + $3 + $4 + $5 + $6 + $7 + $8 + $9 }' /proc/stat)
began=$(date +%s)
for name in steady rotated cleaned cached busy; do : >"$out/$name.csv"; done
while at=$(($(date +%s) - began)) && [ "$at" -lt "$total" ]; do
  for name in steady rotated cleaned; do echo "$at,$(used "$name")" >>"$out/$name.csv"; done
  echo "$at,$(cached)" >>"$out/cached.csv"
  now=$(awk 'NR == 1 { print $2 + $3 + $4 + $7 + $8 + $9, $2 + $3 + $4 + $5 + $6 + $7 + $8 + $9 }' /proc/stat)
  echo "$at,$(echo "$before $now" | awk '{ d = $4 - $2; printf "%.2f", d ? 100 * ($3 - $1) / d : 0 }')" >>"$out/busy.csv"
  before=$now
  sleep 1
done
