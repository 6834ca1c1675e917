# shellcheck shell=bash
# Part of install.sh: how another version takes the place of the one that is installed.
#
# Each version has an environment of its own, $OPT/venv-VERSION-HASH; the link $OPT/venv names the one in force, the link
# $OPT/previous the one before it. A new version is made beside them and tried out on a copy of the monitor, in a sandbox
# out of which nothing gets. Only then is it put in force; one that is not ready in time gives way to the one before.

HEALTHY_WITHIN_S=60
TRIAL=cortex-trial.service

COPY_DATABASE='import sqlite3, sys
source = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
source.backup(sqlite3.connect(sys.argv[2]))'

LIST_PACKAGES='from importlib.metadata import distributions
print(*(package.name for package in distributions()), sep="\n")'

# What was added to an environment by hand, such as plugins and what they need, goes on in the next.
COPY_ADDED='import pathlib, shutil, sys
from importlib.metadata import distributions
made_with, target = pathlib.Path(sys.argv[1]).read_text().split(), pathlib.Path(sys.argv[2])
for package in distributions():
    for file in (package.files or ()) if package.name not in made_with else ():
        if ".." not in file.parts and file.suffix != ".pyc":
            (target / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file.locate(), target / file)'

# What is missing goes to stdout.
ASK_READYZ='import json, socket, sys
asked = socket.socket(socket.AF_UNIX)
asked.settimeout(10)
try:
    asked.connect(sys.argv[1])
    asked.sendall(b"GET /readyz HTTP/1.1\r\nHost: cortex\r\nConnection: close\r\n\r\n")
    answer = asked.makefile("rb").read().decode()
except OSError as error:
    sys.exit(print(f"nothing answers on {sys.argv[1]}: {error}") or 1)
if " 200 " not in answer.split("\n")[0]:
    sys.exit(print("/readyz answers:", answer.partition("\r\n\r\n")[2].strip()) or 1)'

# --- environments ----------------------------------------------------------------------------------------------------

# The same files with the same Python need no second environment.
environment_name() {
  local version hash
  version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
  hash=$({
    "$python" -c 'import sys; print(sys.version, sys.base_prefix)'
    printf '%s\n' "$LOCK" "${ALSO[@]}" | LC_ALL=C sort
    find cortexctl probed inspections man systemd docs/monitoring ./*.toml ./*.lock config.example.yaml \
      -type f -not -path '*/__pycache__/*' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
  } | sha256sum)
  echo "venv-$version-${hash:0:12}"
}

in_force() { if [[ -e $OPT/venv ]]; then readlink -f "$OPT/venv"; fi; }

is_complete() { [[ -e $1/.complete ]] && "$1/bin/probed" version >/dev/null 2>&1; }

make_environment() { # make_environment VENV
  is_complete "$1" && return
  doing "make the environment $1" || return 0
  mkdir -p "$OPT"
  fill_venv "$1" "$LOCK"
  install_project "$1"
  "$1/bin/python" -I -c "$LIST_PACKAGES" >"$1/.packages"
  [[ ! -e $present/.packages ]] || "$present/bin/python" -I -c "$COPY_ADDED" "$present/.packages" "$(packages_of "$1")"
  touch "$1/.complete"
}

packages_of() { "$1/bin/python" -I -c 'import sysconfig; print(sysconfig.get_path("purelib"))'; }

# Before there were links, the only environment was a folder of this name; what is in it finds itself through the link.
adopt_folder() {
  [[ -d $OPT/venv && ! -L $OPT/venv ]] || return 0
  doing "move the environment $OPT/venv to $OPT/venv-older" || return 0
  mv -T "$OPT/venv" "$OPT/venv-older"
  ln -s "$OPT/venv-older" "$OPT/venv"
}

point() { # point LINK FOLDER: in one step, so that there is always one of the two
  ln -sfn "$2" "$1.new"
  mv -T "$1.new" "$1"
}

drop_others() { # drop_others VENV...: every other environment goes
  local each
  for each in "$OPT"/venv-*; do
    [[ " $* " == *" $each "* ]] || rm -rf "$each"
  done
}

# --- the trial -------------------------------------------------------------------------------------------------------

find_places() { # find_places VENV: sets $monitor and $socket, as it understands the configuration
  local shown print='import json, sys; shown = json.load(sys.stdin); print(shown[sys.argv[1]][sys.argv[2]])'
  shown=$(of_daemon "$1/bin/probed" config show --json --config "$ETC/config.yaml") || return
  monitor=$("$python" -c "$print" monitor path <<<"$shown") && socket=$("$python" -c "$print" api socket <<<"$shown")
}

# A configuration or a document that the version in force refuses as well is no reason to stay with it.
takes_what_is_there() { # takes_what_is_there VENV WORD...
  local why
  why=$(of_daemon "$1/bin/probed" "${@:2}" --config "$ETC/config.yaml" 2>&1) && return
  of_daemon "$present/bin/probed" "${@:2}" --config "$ETC/config.yaml" >/dev/null 2>&1 || return 0
  say "$why"
  return 1
}

try_out() { # try_out VENV: says why not
  doing "try it out on a copy of the monitor, with the configuration and the inspections that are there" || return 0
  find_places "$1" || return
  takes_what_is_there "$1" config check || return
  takes_what_is_there "$1" validate || return
  local folder code=0
  folder=$(dirname "$monitor")/trial
  of_daemon rm -rf "$folder"
  if write_trial "$folder"; then run_trial "$1" "$folder" || code=$?; else code=1; fi
  of_daemon rm -rf "$folder"
  return "$code"
}

# Without documents no action is permitted.
write_trial() { # write_trial FOLDER
  of_daemon mkdir -m 700 -p "$1/inspections" || return
  of_daemon tee "$1/config.yaml" >/dev/null <<YAML || return
api: {socket: "$RUN/cortex-trial/probed.sock"}
monitor: {path: monitor.db}
inspections: {dir: inspections}
backup: {enabled: false}
actions: {helper: {socket: nothing.sock}}
YAML
  of_daemon chmod 600 "$1/config.yaml" || return
  [[ ! -e $monitor ]] || (umask 077 && of_daemon "$python" -c "$COPY_DATABASE" "$monitor" "$1/monitor.db") || {
    say "The monitor $monitor could not be copied; is there room for a second one?"
    return 1
  }
}

# What waits in the copy (a message, a roll-back) is the real daemon's to do: no network, no other daemon's socket, nothing
# to write to but its own folder.
in_sandbox() { # in_sandbox FOLDER COMMAND...
  manager reset-failed "$TRIAL" 2>/dev/null || true
  systemd-run --quiet --pipe --wait --collect --unit="$TRIAL" --service-type=exec \
    --property={User=cortex,Group=cortex,UMask=0077,RuntimeDirectory=cortex-trial,TimeoutStopSec=20,MemoryMax=1G} \
    --property={ProtectSystem=strict,ReadWritePaths="$1",PrivateNetwork=yes,PrivateTmp=yes,NoNewPrivileges=yes} \
    --property=CapabilityBoundingSet= --property=InaccessiblePaths="-/run/dbus -/run/docker.sock -/run/systemd/private" \
    "${@:2}"
}

end_sandbox() { manager stop "$TRIAL" 2>/dev/null || true; }

run_trial() { # run_trial VENV FOLDER
  local log process code=0
  log=$(mktemp)
  in_sandbox "$2" "$1/bin/probed" --config "$2/config.yaml" </dev/null >"$log" 2>&1 &
  process=$!
  await_ready "$RUN/cortex-trial/probed.sock" "$process" || code=$?
  ((code == 0)) || tail -n 15 "$log" >&2
  end_sandbox "$process"
  wait "$process" || true
  rm -f "$log"
  return "$code"
}

await_ready() { # await_ready SOCKET [PROCESS]: not longer than the process lives
  local why end=$((SECONDS + HEALTHY_WITHIN_S))
  until why=$("$python" -I -S -c "$ASK_READYZ" "$1"); do
    [[ -z ${2:-} ]] || kill -0 "$2" 2>/dev/null || {
      say "The daemon ended before it was ready."
      return 1
    }
    ((SECONDS < end)) || {
      say "Not ready within $HEALTHY_WITHIN_S s: $why"
      return 1
    }
    sleep 0.5
  done
}

# --- in force --------------------------------------------------------------------------------------------------------

# Nothing of the version before runs while the link is turned: it would load the rest of itself from the other one.
put_in_force() { # put_in_force VENV
  doing "put $1 in force, with the units that belong to it, and start it" || return 0
  manager stop "$UNIT" 2>/dev/null || true
  point "$OPT/venv" "$1"
  touch "$1/.in-force"
  install_helper "$1"
  install_agent "$1"
  install_unit "$1"
  ln -sfn "$OPT/venv/bin/cortexctl" "$OPT/venv/bin/probed" "$BIN/"
  link_shared
}

starts_healthy() { # says why not
  [[ -z $dry_run ]] || return 0
  manager reset-failed "$UNIT" 2>/dev/null || true
  if within_s=$HEALTHY_WITHIN_S manager start "$UNIT" && await_ready "$socket"; then return; fi
  journalctl "$SCOPE" --no-pager -o cat -n 20 -u "$UNIT" >&2
  say "$UNIT did not start, or was not ready within $HEALTHY_WITHIN_S s; the lines above are from its log"
  return 1
}

# A copy that a migration has made since is the database that the version before can read.
return_to() { # return_to VENV
  local copy since
  since=$(in_force)/.in-force
  say "The new version is not healthy. Back to $1 ..."
  put_in_force "$1"
  copy=$(find "$(dirname "$monitor")" -maxdepth 1 -name "$(basename "$monitor").before-*" -newer "$since" | head -n 1)
  if [[ $copy ]]; then
    of_daemon "$1/bin/probed" restore --config "$ETC/config.yaml" "$copy" >&2 || die "$copy could not be put back"
  fi
  starts_healthy || die "the version before does not start either"
  say "install.sh: the upgrade was taken back, and $1 is in force again; why stands above"
}

chosen_before() { # chosen_before VENV: what was asked for with an earlier version stays
  ! grep -qx opentelemetry-sdk "$1/.packages" 2>/dev/null || with requirements-otel.lock
  ! grep -qx textual-serve "$1/.packages" 2>/dev/null || with requirements-web.lock
}

install_program() {
  require_python
  adopt_folder
  local next present
  present=$(in_force)
  chosen_before "$present"
  next=$OPT/$(environment_name)
  make_environment "$next"
  if [[ $present && $present != "$next" ]]; then
    upgrade
    return
  fi
  [[ $dry_run ]] || find_places "$next" || die "the configuration cannot be used"
  put_in_force "$next"
  starts_healthy || exit 1
}

upgrade() { # from $present to $next
  try_out "$next" || {
    rm -rf "$next"
    die "the new version does not work here, and nothing was changed; why stands above"
  }
  put_in_force "$next"
  starts_healthy || {
    return_to "$present"
    rm -rf "$next"
    exit 1
  }
  doing "keep $present for one further upgrade, and nothing older" || return 0
  point "$OPT/previous" "$present"
  drop_others "$next" "$present"
}
