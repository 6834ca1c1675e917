#!/usr/bin/env bash
# Sets Cortex up on this host.
#
#   ./install.sh try           set up inside this folder, start in the foreground and inspect this host; needs no root
#   ./install.sh try --once    the same, but end after the first sweep, with the exit code of `cortexctl status`
#   ./install.sh try --demo    tell a story of two minutes in a private world: a fix, a question, an alert, a model that is
#                              a script; needs no key, and but for what it prints nothing of it is left
#   ./install.sh try --tour    the same world, to look around in: something to approve, to silence and to read
#   sudo ./install.sh          install as a systemd service and start it; run it again, of another version, to upgrade: one
#                              that is not healthy within a minute gives way to the one before
#       --with-docker          let the service see containers; membership in the group docker is as good as root
#       --with-tracing         also what sends traces to a collector (docs/tracing.md); goes with try as well
#       --with-web             also what serves the dashboard to a browser (docs/guide/web.md); goes with try as well
#       --dry-run              only say what would be done; with --uninstall as well
#   ./install.sh --user        install as a service of systemd --user, in your own folders and with your rights; goes with
#                              --dry-run, --with-tracing, --with-web and --uninstall [--purge]
#   sudo ./install.sh --uninstall [--purge]
#                              remove the service; --purge also removes configuration, data, user and groups
#   ./install.sh setup [LOCK]  only prepare .venv (LOCK: requirements.lock or requirements-test.lock)
#
# --wheels DIR, with whatever prepares an environment: take everything from this folder and ask no package index. It is
# filled, on a host of this kind that reaches one, by:
#   pip download --no-deps --require-hashes -d DIR -r requirements.lock -r requirements-build.lock
# PYTHON=/path/to/python3 chooses the interpreter.
set -euo pipefail
STARTED_IN=$PWD
cd "$(dirname "$(readlink -f "$0")")"

PYTHONS=("${PYTHON:-python3.13}" python3.13 python3.12 python3.11 python3)
READY_WITHIN_S=60
SWEEP_WITHIN_S=180
STOP_WITHIN_S=60

LIST_IDS='import json, sys; print(*(item["id"] for item in json.load(sys.stdin)["items"]))'

OPT=/opt/cortex
ETC=/etc/cortex
UNITS=/etc/systemd/system
BIN=/usr/local/bin
SHARE=/usr/local/share
RUN=/run
LOCK=requirements.lock
ALSO=() # the locks of what is only there where it is asked for
SCOPE=--system
SHARED=(man/man1/cortexctl.1 man/man5/cortex-config.5 man/man8/probed.8 bash-completion/completions/cortexctl
  zsh/site-functions/_cortexctl fish/vendor_completions.d/cortexctl.fish)
UNIT=cortex-probed.service
HELPER=cortex-helper
AGENT=cortex-agent

say() { printf '%s\n' "$*" >&2; }
die() {
  say "install.sh: $*"
  exit 1
}
misused() { # misused WORDS: below the help
  usage >&2
  say $'\n'"install.sh: $*"
  exit 2
}

with() { [[ " ${ALSO[*]} " == *" $1 "* ]] || ALSO+=("$1"); } # with LOCK

dry_run=
doing() { # doing WORDS: says what comes now, and whether it is to be done
  say "${dry_run:+would }$*"
  [[ -z $dry_run ]]
}

manager() { timeout "${within_s:-300}" systemctl "$SCOPE" "$@"; }

# shellcheck source=install/upgrade.sh
. install/upgrade.sh
# shellcheck source=install/guest.sh
. install/guest.sh

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
  doing "install $* with apt-get" || return 0
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
    [[ $python || -z $dry_run ]] || python=python3
  fi
  [[ -n $python ]] || die "Cortex needs Python 3.11 or newer, and this is $(python3 --version 2>/dev/null || echo 'a host without Python')." \
    $'\n'"On Debian 12, Ubuntu 24.04 or newer: sudo apt-get install python3-venv. A Python elsewhere: PYTHON=/path/to/python3 $0"
  has_venv "$python" && return
  local package
  package=$(venv_package "$python")
  can_apt || die "$python lacks its venv module. On Debian and Ubuntu: sudo apt-get install $package"
  apt_install "$package"
  [[ -z $dry_run ]] || return 0
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
  "$venv/bin/python" -m pip install -qq --disable-pip-version-check --no-input --no-cache-dir \
    ${wheels:+--no-index --find-links "$wheels"} "$@" ||
    die "pip could not install what Cortex needs; ${wheels:+is all of it in $wheels? Else: }does this host reach its package index?"
}

is_filled() { # is_filled VENV LOCK: with exactly what is locked now
  works_here "$1" && [[ $(cat "$1/.filled-from-$2" 2>/dev/null) == "$(contents "$2")" ]]
}

contents() { sha256sum "$1" "${ALSO[@]}" requirements-build.lock pyproject.toml; }

wheels=
fill_venv() { # fill_venv VENV LOCK
  require_python
  say "Preparing $1 with $("$python" --version) (once; about a minute) ..."
  works_here "$1" || "$python" -m venv --clear "$1"
  # The locks are whole. An older pip that looks for dependencies itself takes `name[extra]` from whatever is newest.
  local lock locks=()
  for lock in "$2" "${ALSO[@]}" requirements-build.lock; do locks+=(-r "$lock"); done
  pip_install "$1" --no-deps --require-hashes "${locks[@]}"
}

mark_filled() { contents "$2" >"$1/.filled-from-$2"; }

install_project() { # install_project VENV [--editable]: whatever it needs is there already, its builder as well
  local venv=$1
  shift
  pip_install "$venv" --no-index --no-deps --no-build-isolation --force-reinstall "$@" .
}

setup() {
  local venv=$PWD/.venv lock=$1
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

tell_of_try() {
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
  ctl=$PWD/.venv/bin/cortexctl
  export CORTEX_SOCKET=$PWD/.cortex/probed.sock
  ((!${#demo[@]})) || { setup "$LOCK" && exec .venv/bin/probed "${demo[@]}"; }
  ((${#CORTEX_SOCKET} <= 107)) || die "the path of this folder is too long for a Unix socket; move it to a shorter one"
  setup "$LOCK"
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
  [[ $once ]] && show_status
  ctl status || true
  tell_of_try
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

# The lock is on a folder that is there anyway, and goes with this process.
be_alone() {
  [[ -z $dry_run ]] || return 0
  exec {alone}<"$RUN"
  flock --nonblock "$alone" || die "another install.sh is at work on this host; wait until it has ended"
}

make_accounts() {
  local group
  for group in cortex cortex-admin; do
    getent group "$group" >/dev/null || ! doing "make the group $group" || groupadd --system "$group"
  done
  getent passwd cortex >/dev/null || ! doing "make the user cortex" ||
    useradd --system --gid cortex --home-dir /var/lib/cortex --no-create-home --shell /usr/sbin/nologin cortex
}

install_config() {
  [[ -e $ETC/config.yaml && -e $ETC/policy.toml && -d $ETC/inspections ]] && return
  doing "put into $ETC what is not there: config.yaml, policy.toml, inspections" || return 0
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

of_daemon() { (cd / && exec setpriv --reuid cortex --regid cortex --init-groups "$@"); }

# One that was switched off stays so. The helper of the version before ends what it does first.
install_helper() { # install_helper VENV
  local is_new=
  [[ -e $UNITS/$HELPER.socket ]] || is_new=yes
  # -I: the installed package, not this folder's, which belongs to whoever fetched it
  ln -sfn "$("$1/bin/python" -I -c 'import os, probed.helper; print(os.path.dirname(probed.helper.__file__))')" \
    "$OPT/helper"
  install -m 644 "$1/share/cortex/systemd/$HELPER".{socket,service} "$UNITS/"
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

# Where the model's program runs. As the helper: one that was switched off stays so. An older version has none.
install_agent() { # install_agent VENV
  local is_new='' from=$1/share/cortex/systemd python
  systemctl stop "$AGENT.socket" 2>/dev/null || true
  if [[ ! -e $from/$AGENT.socket ]]; then
    remove_agent
    return
  fi
  [[ -e $UNITS/$AGENT.socket ]] || is_new=yes
  install -m 644 "$from/$AGENT.socket" "$from/$AGENT@.service" "$UNITS/"
  python=$("$1/bin/python" -I -c 'import sys; print(sys.base_prefix)')
  rm -f "$UNITS/$AGENT@.service.d/python.conf"
  if [[ $python != /usr ]]; then # it sees nothing that is not shown to it
    install -d -m 755 "$UNITS/$AGENT@.service.d"
    printf '# Made by install.sh: where the Python lies.\n[Service]\nBindReadOnlyPaths=%s\n' "$python" \
      >"$UNITS/$AGENT@.service.d/python.conf"
  fi
  systemctl daemon-reload
  [[ -z $is_new ]] || systemctl enable --quiet "$AGENT.socket"
  ! systemctl is-enabled --quiet "$AGENT.socket" || systemctl start "$AGENT.socket"
}

remove_agent() {
  systemctl disable --quiet --now "$AGENT.socket" 2>/dev/null || true
  systemctl stop "$AGENT@*" 2>/dev/null || true
  systemctl reset-failed "$AGENT.socket" "$AGENT@*" 2>/dev/null || true
  rm -rf "${UNITS:?}/$AGENT.socket"{,.d} "${UNITS:?}/$AGENT@.service"{,.d} "${RUN:?}/$AGENT.root"
}

# The journal is readable for a group; Docker's group is asked for, because it gives root.
service_groups() {
  local group
  for group in systemd-journal ${with_docker:+docker}; do
    getent group "$group" >/dev/null && printf '%s ' "$group"
  done
}

link_shared() { # the manual pages, and what the shells complete
  local file
  for file in "${SHARED[@]}"; do
    mkdir -p "$SHARE/${file%/*}"
    ln -sfn "$OPT/venv/share/$file" "$SHARE/$file"
  done
}

unlink_shared() { # with the folders that hold nobody else's
  local file
  for file in "${SHARED[@]}"; do
    rm -f "$SHARE/$file"
    rmdir --ignore-fail-on-non-empty "$SHARE/${file%/*}" 2>/dev/null || true
  done
}

install_unit() { # install_unit VENV
  grep -qw docker "$UNITS/$UNIT.d/groups.conf" 2>/dev/null && with_docker=yes # as chosen before
  install -m 644 "$1/share/cortex/systemd/$UNIT" "$UNITS/$UNIT"
  install -d -m 755 "$UNITS/$UNIT.d"
  printf '# Made by install.sh: groups of this host that let the daemon see more.\n[Service]\nSupplementaryGroups=%s\n' \
    "$(service_groups)" >"$UNITS/$UNIT.d/groups.conf"
  systemctl daemon-reload
  systemctl enable --quiet "$UNIT"
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
  be_alone
  ctl=$BIN/cortexctl
  umask 022 # the service's user has to read what is installed
  [[ $dry_run ]] || look_at_guest
  make_accounts
  install_config
  install_program
  [[ -z $dry_run ]] || return 0
  export CORTEX_SOCKET=$socket
  await_service
  ctl status || true
  tell_what_next
}

tell_what_next() {
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
  be_alone
  doing "remove the service and $OPT${purge:+, with $ETC, /var/lib/cortex, the user and the groups}" || return 0
  systemctl disable --quiet --now "$UNIT" "$HELPER.socket" 2>/dev/null || true
  systemctl stop "$HELPER.service" 2>/dev/null || true
  remove_agent
  systemctl reset-failed "$UNIT" "$HELPER.service" "$HELPER.socket" 2>/dev/null || true # or they stay listed
  rm -rf "${UNITS:?}/$UNIT"{,.d} "${UNITS:?}/$HELPER".{socket,service}{,.d} "$OPT" \
    "$BIN/cortexctl" "$BIN/probed"
  unlink_shared
  systemctl daemon-reload
  if [[ -z $purge ]]; then
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

# What goes with what: `COMMAND:OPTION`.
main() {
  local command=service
  once='' demo=() with_docker='' purge=''
  case ${1:-} in try | setup) command=$1 && shift ;; esac
  while (($#)); do
    case $command:$1 in
      service:--user | uninstall:--user)
        # shellcheck source=install/user.sh
        . install/user.sh
        ;;
      *:-h | *:--help) usage && exit ;;
      try:--once) once=yes ;;
      try:--demo) demo=(demo) ;;
      try:--tour) demo=(demo --tour) ;;
      setup:[!-]*) LOCK=$1 ;;
      try:--with-tracing | service:--with-tracing) with requirements-otel.lock ;;
      try:--with-web | service:--with-web) with requirements-web.lock ;;
      service:--with-docker) with_docker=yes ;;
      service:--uninstall) command=uninstall ;;
      uninstall:--purge) purge=yes ;;
      service:--dry-run | uninstall:--dry-run) dry_run=yes ;;
      try:--wheels | setup:--wheels | service:--wheels) take_wheels_from "${2:-}" && shift ;;
      service:*) misused "there is no '$1'" ;;
      *) misused "there is no '$1' with $command" ;;
    esac
    shift
  done
  case $command in
    setup) setup "$LOCK" ;;
    service) install_service ;;
    *) "$command" ;;
  esac
}

take_wheels_from() {
  wheels=$(cd "$STARTED_IN" && readlink -f "$1") || true
  compgen -G "$wheels/*.whl" >/dev/null || misused "--wheels needs a folder of wheels, and '$1' is none"
}

main "$@"
