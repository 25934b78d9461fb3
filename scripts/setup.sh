# Sourced by serve, test, bench and lock: everything they need on a machine that has Python 3.11 and nothing else.
# Each step leaves a stamp with the hash of what it was made from, so that a second start skips it.
# shellcheck shell=bash

cd "$(dirname "${BASH_SOURCE[0]}")/.."
UV=.wegwijs/uv/bin/uv
PY=.venv/bin/python

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# A Python that is new enough and can make environments; Debian ships the latter as a package of its own.
find_python() {
  local found
  for found in "${PYTHON:-}" python3 python3.11 /usr/bin/python3; do
    if [[ -n $found ]] && "$found" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      "$found" -c 'import ensurepip, venv' 2>/dev/null ||
        die "Python cannot make environments here; as root: apt-get install python3-venv"
      printf '%s' "$found"
      return
    fi
  done
  die "Python 3.11 or newer is needed; as root: apt-get install python3 python3-venv"
}

hash_of() { cat "$@" | sha256sum | cut -d' ' -f1; }
current() { [[ -f $1 && $(<"$1") == "$2" ]]; }

# uv lives in an environment of its own; its version and hash are those of the lock.
install_uv() {
  local wanted python
  wanted=$(awk '/^uv==/,!/\\$/' requirements-build.lock)
  current .wegwijs/uv/stamp "$(hash_of <<<"$wanted")" && return
  python=$(find_python)
  say "setting up: uv"
  rm -rf .wegwijs/uv
  "$python" -m venv .wegwijs/uv
  .wegwijs/uv/bin/python -m pip install --quiet --require-hashes -r <(printf '%s\n' "$wanted")
  hash_of <<<"$wanted" >.wegwijs/uv/stamp
}

# uv does not read pip's configuration; an index that was set there is meant for this too.
use_index_of_pip() {
  local index
  index=$(.wegwijs/uv/bin/python -m pip config get global.index-url 2>/dev/null || true)
  if [[ -n $index && -z ${UV_DEFAULT_INDEX:-} ]]; then export UV_DEFAULT_INDEX=$index; fi
}

# set_up NAME LOCK…: the locked packages in .venv, then the project itself, editable.
set_up() {
  local name=$1 wanted lock python
  shift
  mkdir -p .wegwijs
  install_uv
  wanted=$(hash_of pyproject.toml "$@")
  current ".venv/wegwijs-$name" "$wanted" && return
  if [[ ! -x $PY ]]; then
    python=$(find_python)
    "$python" -m venv --without-pip .venv
  fi
  say "setting up: packages for $name"
  use_index_of_pip
  for lock in "$@"; do "$UV" pip install --quiet --python "$PY" --require-hashes -r "$lock"; done
  "$UV" pip install --quiet --python "$PY" --no-deps --no-build-isolation --editable .
  printf '%s' "$wanted" >".venv/wegwijs-$name"
}

set_up_app() { set_up serve requirements.lock requirements-build.lock; }
set_up_dev() { set_up test requirements-dev.lock; }

# The browser tests drive the system's Chromium; no browser is downloaded.
set_up_chromium() {
  local name
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    if [[ -n $name ]] && command -v "$name" >/dev/null; then
      CHROMIUM=$(command -v "$name")
      export CHROMIUM
      return
    fi
  done
  [[ $(id -u) == 0 ]] || die "Chromium is needed for the browser tests; as root: apt-get install chromium"
  say "setting up: chromium"
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium; } >&2
  CHROMIUM=$(command -v chromium)
  export CHROMIUM
}

# WeasyPrint draws the guides' PDF with Pango. The server works without it and says that there is no PDF.
set_up_pango() {
  "$PY" -c 'import ctypes; ctypes.CDLL("libpangoft2-1.0.so.0"); ctypes.CDLL("libharfbuzz-subset.so.0")' 2>/dev/null && return
  local packages=(libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)
  if [[ $(id -u) == 0 ]]; then
    say "setting up: pango"
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}"; } >&2 && return
  fi
  say "Pango is missing, so guides have no PDF; as root: apt-get install ${packages[*]}"
}

# espeak-ng reads guides aloud, as a program of its own. The server works without it and says so.
set_up_espeak() {
  command -v espeak-ng >/dev/null && return
  if [[ $(id -u) == 0 ]]; then
    say "setting up: espeak-ng"
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends espeak-ng; } >&2 && return
  fi
  say "espeak-ng is missing, so guides have no computer voice; as root: apt-get install espeak-ng"
}
