#!/usr/bin/env bash
# Sets Cortex up on this host.
#
#   ./install.sh try           set up inside this folder, start in the foreground and inspect this host; needs no root
#   ./install.sh try --once    the same, but end after the first sweep, with the exit code of `cortexctl status`
#   sudo ./install.sh          install as a systemd service and start it; run it again to upgrade
#       --with-docker          let the service see containers; membership in the group docker is as good as root
#   sudo ./install.sh --uninstall [--purge]
#                              remove the service; --purge also removes configuration, data, user and groups
#   ./install.sh setup [LOCK]  only prepare .venv (LOCK: requirements.lock or requirements-test.lock)
#
# PYTHON=/path/to/python3 chooses the interpreter.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"

PYTHONS=("${PYTHON:-python3.13}" python3.13 python3.12 python3.11 python3)
READY_WITHIN_S=60
SWEEP_WITHIN_S=180
STOP_WITHIN_S=60

LIST_IDS='import json, sys; print(*(item["id"] for item in json.load(sys.stdin)["items"]))'

OPT=/opt/cortex
ETC=/etc/cortex
UNITS=/etc/systemd/system
UNIT=cortex-probed.service
HELPER=cortex-helper

say() { printf '%s\n' "$*" >&2; }
die() {
  say "install.sh: $*"
  exit 1
}

# --- Python ----------------------------------------------------------------------------------------------------------

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
has_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }
can_apt() { [[ $EUID == 0 && -e /etc/debian_version ]] && command -v apt-get >/dev/null; }

# The first interpreter that is new enough and has venv; else the first that is new enough.
find_python() {
  local candidate found=
  for candidate in "${PYTHONS[@]}"; do
    is_new_enough "$candidate" || continue
    has_venv "$candidate" && echo "$candidate" && return
    found=${found:-$candidate}
  done
  echo "$found"
}

apt_install() {
  say "Installing $* with apt-get ..."
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } \
    >/dev/null || die "apt-get could not install $*"
}

venv_package() { # venv_package PYTHON: the Debian package that has its venv module
  if is_new_enough python3; then echo python3-venv; else echo "${1##*/}-venv"; fi
}

require_python() { # sets $python
  python=$(find_python)
  if [[ -z $python ]] && can_apt; then
    apt_install python3 python3-venv
    python=$(find_python)
  fi
  [[ -n $python ]] || die "Cortex needs Python 3.11 or newer, and this is $(python3 --version 2>/dev/null || echo 'a host without Python')." \
    $'\n'"On Debian 12, Ubuntu 24.04 or newer: sudo apt-get install python3-venv. A Python elsewhere: PYTHON=/path/to/python3 $0"
  has_venv "$python" && return
  local package
  package=$(venv_package "$python")
  can_apt || die "$python lacks its venv module. On Debian and Ubuntu: sudo apt-get install $package"
  apt_install "$package"
  has_venv "$python" || die "$python still lacks its venv module after the installation of $package"
}

# --- the virtual environment -----------------------------------------------------------------------------------------

works_here() { # works_here VENV: made in this place, by a Python that is still there
  grep -qF "$1/bin/python" "$1/bin/pip" 2>/dev/null && "$1/bin/python" -c 'import pip' 2>/dev/null
}

# No cache: nothing is written outside the folder.
pip_install() { # pip_install VENV ARGUMENT...
  local venv=$1
  shift
  "$venv/bin/python" -m pip install -qq --disable-pip-version-check --no-input --no-cache-dir "$@" ||
    die "pip could not install what Cortex needs; does this host reach its package index?"
}

is_filled() { # is_filled VENV LOCK: with exactly what is locked now
  works_here "$1" && [[ $(cat "$1/.filled-from-$2" 2>/dev/null) == "$(contents "$2")" ]]
}

contents() { sha256sum "$1" requirements-build.lock pyproject.toml; }

fill_venv() { # fill_venv VENV LOCK
  require_python
  say "Preparing $1 with $("$python" --version) (once; about a minute) ..."
  works_here "$1" || "$python" -m venv --clear "$1"
  # The locks are whole. An older pip that looks for dependencies itself takes `name[extra]` from whatever is newest.
  pip_install "$1" --no-deps --require-hashes -r "$2" -r requirements-build.lock
}

mark_filled() { contents "$2" >"$1/.filled-from-$2"; }

install_project() { # install_project VENV [--editable]: whatever it needs is there already, its builder as well
  local venv=$1
  shift
  pip_install "$venv" --no-index --no-deps --no-build-isolation --force-reinstall "$@" .
}

setup() {
  local venv=$PWD/.venv lock=${1:-requirements.lock}
  [[ -f $lock ]] || die "there is no $lock"
  is_filled "$venv" "$lock" && return
  fill_venv "$venv" "$lock"
  install_project "$venv" --editable
  "$venv/bin/python" -m compileall -q cortexctl probed # else a first start is slow, and every one where none is written
  mark_filled "$venv" "$lock"
}

# --- try -------------------------------------------------------------------------------------------------------------

write_config() {
  mkdir -p .cortex
  [[ -w .cortex ]] || die ".cortex belongs to $(stat -c %U .cortex); run this as the same user, or remove the folder"
  chmod 700 .cortex
  [[ -e .cortex/config.yaml ]] && return
  (umask 077 && cat >.cortex/config.yaml) <<'YAML'
# Made by ./install.sh try; never overwritten. Every key: ../config.example.yaml. Paths are relative to this file.
mode: observe
api:
  socket: probed.sock
monitor:
  path: monitor.db
inspections:
  dir: ../inspections
YAML
}

ctl() { "$ctl" "$@"; }
# Its exit code says how the host is, not whether it answered.
status_json() { ctl status --json 2>/dev/null || true; }
is_running() { [[ $(status_json) == *'"first_sweep_done"'* ]]; }
is_swept() { [[ $(status_json) =~ '"first_sweep_done": '*true ]]; }

start_daemon() {
  # a session of its own, so that Ctrl-C reaches this script alone; it ends with this script, however that ends
  setsid setpriv --pdeathsig TERM .venv/bin/probed --config .cortex/config.yaml \
    </dev/null >.cortex/probed.log 2>&1 &
  daemon=$!
  trap stop_daemon EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
}

stop_daemon() {
  trap - EXIT
  kill -TERM "$daemon" 2>/dev/null || return 0
  for _ in $(seq $((STOP_WITHIN_S * 5))); do
    kill -0 "$daemon" 2>/dev/null || return 0
    sleep 0.2
  done
  say "probed did not end within $STOP_WITHIN_S s and is killed"
  kill -KILL "$daemon" 2>/dev/null || true
}

await_sweep() {
  local end=$((SECONDS + READY_WITHIN_S + SWEEP_WITHIN_S))
  until is_swept; do
    kill -0 "$daemon" 2>/dev/null || explain_end
    ((SECONDS < end)) || die "no first sweep within $((READY_WITHIN_S + SWEEP_WITHIN_S)) s; see .cortex/probed.log"
    sleep 0.3
  done
}

# The first sweep of a new monitor is the daemon's; in one that is older the inspections are run again.
sweep_again() {
  local id
  for id in $(ctl inspections --json | .venv/bin/python -c "$LIST_IDS"); do
    ctl run "$id" --wait >/dev/null 2>&1 || true
  done
}

explain_end() {
  local code=0
  wait "$daemon" || code=$?
  tail -n 20 .cortex/probed.log >&2
  die "probed ended with $code; the lines above are from .cortex/probed.log"
}

what_next() {
  say
  say "Cortex watches this host until you press Ctrl-C. In another terminal, in this folder:"
  [[ -S /run/cortex/probed.sock ]] && say "  export CORTEX_SOCKET=$CORTEX_SOCKET"
  cat >&2 <<'TEXT'
  .venv/bin/cortexctl top               the dashboard
  .venv/bin/cortexctl cases --open      what is wrong, and how far it has climbed
  .venv/bin/cortexctl --help            everything else
Inspections: inspections/*.md   Configuration: .cortex/config.yaml   Log: .cortex/probed.log
TEXT
}

try() {
  local once=${1:-}
  [[ -z $once || $once == --once ]] || die "unknown option $once; see ./install.sh --help"
  ctl=$PWD/.venv/bin/cortexctl
  export CORTEX_SOCKET=$PWD/.cortex/probed.sock
  ((${#CORTEX_SOCKET} <= 107)) || die "the path of this folder is too long for a Unix socket; move it to a shorter one"
  setup
  write_config
  if is_running; then
    say "A Cortex of this folder is running already."
    show_status
  fi
  local older=
  [[ -e .cortex/monitor.db ]] && older=yes
  start_daemon
  say "Inspecting this host ..."
  await_sweep
  [[ $older ]] && sweep_again
  [[ $once == --once ]] && show_status
  ctl status || true
  what_next
  wait "$daemon"
}

show_status() { # and end with its exit code
  local code=0
  ctl status || code=$?
  exit "$code"
}

# --- the service -----------------------------------------------------------------------------------------------------

require_service_host() {
  [[ $EUID == 0 ]] || die "installing the service needs root: sudo ./install.sh. Without root: ./install.sh try"
  [[ -d /run/systemd/system ]] || die "systemd does not run this host. Without it: ./install.sh try"
}

make_accounts() {
  local group
  for group in cortex cortex-admin; do
    getent group "$group" >/dev/null || groupadd --system "$group"
  done
  getent passwd cortex >/dev/null ||
    useradd --system --gid cortex --home-dir /var/lib/cortex --no-create-home --shell /usr/sbin/nologin cortex
}

install_program() {
  local venv=$OPT/venv lock=requirements.lock
  mkdir -p "$OPT"
  is_filled "$venv" "$lock" || fill_venv "$venv" "$lock"
  install_project "$venv"
  mark_filled "$venv" "$lock"
  ln -sfn "$OPT/venv/bin/cortexctl" "$OPT/venv/bin/probed" /usr/local/bin/
}

install_config() {
  install -d -m 755 "$ETC"
  [[ -e $ETC/config.yaml ]] || install -m 640 -o root -g cortex config.example.yaml "$ETC/config.yaml"
  [[ -e $ETC/policy.toml ]] || install -m 644 -o root -g root systemd/policy.toml "$ETC/policy.toml"
  [[ -d $ETC/inspections ]] || install -D -m 644 -t "$ETC/inspections" inspections/*.md
}

# What root runs, nobody else may be able to change: PYTHON may have named one in somebody's home.
is_roots_python() {
  "$1" -I -S -c 'import os, sys
paths = sys.executable, os.path.dirname(os.__file__), os.__file__
sys.exit(any(os.stat(path).st_uid or os.stat(path).st_mode & 0o022 for path in paths))'
}

# One that was switched off stays so. The helper of the version before ends what it does first.
install_helper() {
  local is_new=
  [[ -e $UNITS/$HELPER.socket ]] || is_new=yes
  # -I: the installed package, not this folder's, which belongs to whoever fetched it
  ln -sfn "$("$OPT/venv/bin/python" -I -c 'import os, probed.helper; print(os.path.dirname(probed.helper.__file__))')" \
    "$OPT/helper"
  install -m 644 "systemd/$HELPER.socket" "systemd/$HELPER.service" "$UNITS/"
  systemctl daemon-reload
  systemctl stop "$HELPER.socket" "$HELPER.service" || true
  if ! is_roots_python "$OPT/venv/bin/python"; then
    systemctl disable --quiet "$HELPER.socket"
    say "Others than root can change the Python in $OPT/venv, so root does not run it: actions have the rights of the user cortex."
    return
  fi
  [[ -z $is_new ]] || systemctl enable --quiet "$HELPER.socket"
  ! systemctl is-enabled --quiet "$HELPER.socket" || systemctl start "$HELPER.socket"
}

# The journal is readable for a group; Docker's group is asked for, because it gives root.
service_groups() {
  local group
  for group in systemd-journal ${with_docker:+docker}; do
    getent group "$group" >/dev/null && printf '%s ' "$group"
  done
}

install_unit() {
  grep -qw docker "$UNITS/$UNIT.d/groups.conf" 2>/dev/null && with_docker=yes # as chosen before
  install -m 644 "systemd/$UNIT" "$UNITS/$UNIT"
  install -d -m 755 "$UNITS/$UNIT.d"
  printf '# Made by install.sh: groups of this host that let the daemon see more.\n[Service]\nSupplementaryGroups=%s\n' \
    "$(service_groups)" >"$UNITS/$UNIT.d/groups.conf"
  systemctl daemon-reload
  systemctl enable --quiet "$UNIT"
  systemctl restart "$UNIT" || {
    journalctl --no-pager -n 20 -u "$UNIT" >&2
    die "$UNIT did not start; the lines above are from its log"
  }
}

await_service() {
  local end=$((SECONDS + SWEEP_WITHIN_S))
  until is_swept; do
    ((SECONDS < end)) || die "no first sweep within $SWEEP_WITHIN_S s; see: journalctl -u $UNIT"
    sleep 0.5
  done
}

install_service() {
  require_service_host
  ctl=/usr/local/bin/cortexctl
  unset CORTEX_SOCKET
  umask 022 # the service's user has to read what is installed
  make_accounts
  install_program
  install_config
  install_helper
  install_unit
  await_service
  ctl status || true
  cat >&2 <<TEXT

Cortex is installed and starts with this host.
  cortexctl status | top | --help        for members of the group cortex; approving also needs cortex-admin:
  usermod -aG cortex,cortex-admin ${SUDO_USER:-NAME}
  journalctl -u $UNIT                    the log
Inspections: $ETC/inspections/*.md   Configuration: $ETC/config.yaml   After a change: systemctl reload $UNIT
What may be done as root: $ETC/policy.toml
TEXT
}

uninstall() {
  require_service_host
  systemctl disable --quiet --now "$UNIT" "$HELPER.socket" 2>/dev/null || true
  systemctl stop "$HELPER.service" 2>/dev/null || true
  rm -rf "${UNITS:?}/$UNIT"{,.d} "${UNITS:?}/$HELPER".{socket,service}{,.d} "$OPT" \
    /usr/local/bin/cortexctl /usr/local/bin/probed
  systemctl daemon-reload
  if [[ ${1:-} != --purge ]]; then
    local kept
    kept=$(kept_folders)
    say "Removed.${kept:+ Configuration and data are kept: $kept (--purge removes them)}"
    return
  fi
  rm -rf "$ETC" /var/lib/cortex
  getent group cortex >/dev/null && gpasswd -M '' cortex  # or userdel complains that it keeps a group with members
  getent passwd cortex >/dev/null && userdel cortex
  for group in cortex cortex-admin; do
    getent group "$group" >/dev/null && groupdel "$group"
  done
  say "Removed, with configuration and data."
}

kept_folders() {
  local folder
  for folder in "$ETC" /var/lib/cortex; do
    if [[ -d $folder ]]; then printf '%s ' "$folder"; fi
  done | sed 's/ $//'
}

usage() { sed -n '2,/^set /s/^# \{0,1\}//p' "$0"; }

main() {
  case ${1:-} in
    try) try "${2:-}" ;;
    setup) setup "${2:-}" ;;
    '') install_service ;;
    --with-docker) with_docker=yes && install_service ;;
    --uninstall) uninstall "${2:-}" ;;
    -h | --help) usage ;;
    *)
      usage >&2
      say $'\n'"install.sh: there is no '$1'"
      exit 2
      ;;
  esac
}

main "$@"
