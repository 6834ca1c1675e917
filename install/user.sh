# shellcheck shell=bash
# Part of install.sh: what is different with --user. The service is run by systemd --user, in the user's own folders, with
# the user's rights: no accounts, no root helper.

OPT=${XDG_DATA_HOME:-$HOME/.local/share}/cortex
ETC=${XDG_CONFIG_HOME:-$HOME/.config}/cortex
STATE=${XDG_STATE_HOME:-$HOME/.local/state}/cortex
UNITS=${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user
BIN=$HOME/.local/bin
SHARE=${XDG_DATA_HOME:-$HOME/.local/share}
export XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/run/user/$EUID}
RUN=$XDG_RUNTIME_DIR

SCOPE=--user

of_daemon() { (cd / && exec "$@"); }
look_at_guest() { :; }
make_accounts() { :; }
install_helper() { :; }
# Units of other users are root's to make: the model's program is in bubblewrap or a container, where there is one.
install_agent() { :; }

# A user has no sandbox everywhere. With neither channels nor documents the trial tells nobody and starts no action.
in_sandbox() { # in_sandbox FOLDER COMMAND...
  umask 077
  exec "${@:2}"
}
end_sandbox() { # end_sandbox PROCESS
  kill "$1" 2>/dev/null || true
  rm -rf "$RUN/cortex-trial"
}

require_service_host() {
  [[ $EUID != 0 ]] || die "--user is for an ordinary user. For the service of the whole host: ./install.sh"
  manager show-environment >/dev/null 2>&1 || die "no systemd --user answers for $(id -un). It runs while you are logged in" \
    "(by ssh or at the console; sudo and su start none), and always after: sudo loginctl enable-linger $(id -un)." \
    $'\n'"On Debian and Ubuntu it is in: sudo apt-get install libpam-systemd. Without it: ./install.sh try"
}

install_config() {
  [[ -e $ETC/config.yaml && -d $ETC/inspections ]] && return
  doing "put into $ETC what is not there: config.yaml, inspections" || return 0
  mkdir -p "$ETC" "$BIN" "$UNITS"
  [[ -e $ETC/config.yaml ]] || (umask 077 && cat >"$ETC/config.yaml") <<YAML
# Made by ./install.sh --user; never overwritten. Every key: $OPT/venv/share/cortex/config.example.yaml
mode: observe
monitor: {path: "$STATE/monitor.db"}
inspections: {dir: inspections}
YAML
  [[ -d $ETC/inspections ]] || install -D -m 644 -t "$ETC/inspections" inspections/*.md
}

install_unit() { # install_unit VENV
  mkdir -p "$BIN" "$UNITS"
  sed -e "s|@VENV@|$OPT/venv|" -e "s|@ETC@|$ETC|" "$1/share/cortex/systemd/user/$UNIT" >"$UNITS/$UNIT"
  manager daemon-reload
  manager enable --quiet "$UNIT"
}

tell_what_next() {
  cat >&2 <<TEXT

Cortex is installed in your own folders, and watches with your rights.
  $BIN/cortexctl status | top | --help
  journalctl --user -u $UNIT             the log
Inspections: $ETC/inspections/*.md   Configuration: $ETC/config.yaml   After a change: systemctl --user reload $UNIT
TEXT
  [[ -e /var/lib/systemd/linger/$(id -un) ]] ||
    say "It ends when you log out. To have it run from boot on: sudo loginctl enable-linger $(id -un)"
}

uninstall() {
  require_service_host
  be_alone
  doing "remove the service and what is in $OPT${purge:+, with $ETC and $STATE}" || return 0
  manager disable --quiet --now "$UNIT" 2>/dev/null || true
  manager reset-failed "$UNIT" 2>/dev/null || true # or it stays listed
  rm -rf "${UNITS:?}/$UNIT" "${OPT:?}" "$BIN/cortexctl" "$BIN/probed"
  unlink_shared
  manager daemon-reload
  if [[ $purge ]]; then
    rm -rf "${ETC:?}" "${STATE:?}"
    say "Removed, with configuration and data."
  else
    say "Removed. Configuration and data are kept: $ETC $STATE (--purge removes them)"
  fi
}
