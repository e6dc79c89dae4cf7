#!/bin/sh
# Takes a role (test, main, bench or fuzz) and gives a .venv that holds that role's locked packages and this project.
#
#   scripts/setup.sh test    everything that `make test` needs; what is not locked is removed
#   scripts/setup.sh main    only what `evenhand` needs; a .venv that already holds the test role is left alone
#   scripts/setup.sh bench   the test role, and the rivals that the benchmarks compare with
#   scripts/setup.sh fuzz    the test role, and the fuzzer
#
# It may be run again at any time: a role whose requirements have not changed is not synced again.
set -eu
cd "$(dirname "$0")/.."
role="${1:-test}"
venv=.venv
python="$venv/bin/python"

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { printf 'setup: %s\n' "$@" >&2; exit 1; }

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    for name in ${PYTHON:-} python3.14 python3.13 python3.12 python3.11 python3; do
        if command -v "$name" >/dev/null 2>&1 && is_new_enough "$name"; then command -v "$name"; return; fi
    done
}

# Prefix for apt-get where this user may run it without a question; fails where that is not so.
root_prefix() {
    command -v apt-get >/dev/null 2>&1 || return 1
    if [ "$(id -u)" = 0 ]; then return 0; fi
    sudo -n true >/dev/null 2>&1 && echo "sudo -n"
}

install_packages() {
    prefix=$(root_prefix) || return 1
    say "installing $* with apt-get"
    $prefix apt-get update -qq >/dev/null 2>&1 || true
    $prefix env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

make_venv() {
    found=$(find_python)
    if [ -z "$found" ] && command -v uv >/dev/null 2>&1; then
        say "no Python 3.11 or newer found; uv gets one"
        uv venv -q --python 3.11 "$venv"
        return
    fi
    if [ -z "$found" ]; then
        install_packages python3 python3-venv || true
        found=$(find_python)
    fi
    [ -n "$found" ] || fail "no Python 3.11 or newer found." \
        "Debian 12, Ubuntu 24.04 or newer: apt-get install python3 python3-venv" \
        "Ubuntu 22.04: apt-get install python3.11 python3.11-venv" \
        "macOS: brew install python@3.13" \
        "or install uv, which brings a Python, and run this again."
    say "making $venv with $found ($("$found" -V 2>&1))"
    "$found" -m venv "$venv" >/dev/null 2>&1 && return
    rm -rf "$venv"
    if command -v uv >/dev/null 2>&1; then uv venv -q --python "$found" "$venv"; return; fi
    version=$("$found" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    say "$found has no venv module"
    install_packages "python$version-venv" || install_packages python3-venv || fail \
        "Python's venv module is missing. Debian, Ubuntu: apt-get install python$version-venv"
    "$found" -m venv "$venv"
}

# uv reads no setting of pip's: a machine that has only those (a mirror, a certificate) would find nothing.
hand_over_pip_settings() {
    [ -x "$venv/bin/pip" ] || return 0
    setting() { "$venv/bin/pip" config get "$1" 2>/dev/null || true; }
    list() { printf '%s\n' "$1" | tr -s ' \n' "$2$2" | sed "s/$2\$//"; }
    : "${UV_DEFAULT_INDEX:=${UV_INDEX_URL:-${PIP_INDEX_URL:-$(setting global.index-url)}}}"
    : "${UV_INDEX:=$(list "${PIP_EXTRA_INDEX_URL:-$(setting global.extra-index-url)}" ' ')}"
    : "${UV_FIND_LINKS:=$(list "${PIP_FIND_LINKS:-$(setting global.find-links)}" ',')}"
    : "${SSL_CERT_FILE:=${PIP_CERT:-$(setting global.cert)}}"
    # pip looks in every index at once; the hashes say which file is meant, wherever it comes from.
    : "${UV_INDEX_STRATEGY:=unsafe-best-match}"
    # What the machine trusts, uv trusts, as pip does on Debian (older versions of uv know the second name).
    : "${UV_SYSTEM_CERTS:=1}"
    : "${UV_NATIVE_TLS:=$UV_SYSTEM_CERTS}"
    export UV_SYSTEM_CERTS UV_NATIVE_TLS
    for name in UV_DEFAULT_INDEX UV_INDEX UV_FIND_LINKS SSL_CERT_FILE UV_INDEX_STRATEGY; do
        eval "value=\$$name"
        if [ -n "$value" ]; then export "$name"; else unset "$name"; fi
    done
}

find_uv() {
    if [ -x "$venv/bin/uv" ]; then uv="$venv/bin/uv"; return; fi
    if command -v uv >/dev/null 2>&1; then uv=$(command -v uv); return; fi
    say "getting uv (and the build backend) from the package index with pip"
    if "$venv/bin/pip" install -q --require-hashes -r requirements/setup.txt; then
        uv="$venv/bin/uv"
    else
        say "uv cannot be had here; pip does the work instead, which takes longer"
        uv=
    fi
}

stamp_of() { cat "$@" | cksum | tr -d ' '; }
is_stamped() { [ "$(cat "$venv/.evenhand-$1" 2>/dev/null)" = "$2" ]; }

# Takes uv's verb and a requirements file; pip serves where uv is absent or fails.
with_uv_or_pip() {
    verb="$1" lock="$2"
    set -- requirements/setup.txt "$lock"
    if [ "$verb" = install ]; then set -- -r requirements/setup.txt -r "$lock"; fi
    if [ -n "$uv" ] && VIRTUAL_ENV="$PWD/$venv" "$uv" pip "$verb" -q --require-hashes "$@"; then return; fi
    if [ -n "$uv" ]; then say "uv could not; trying with pip, which takes longer"; fi
    [ -x "$venv/bin/pip" ] || fail "$venv has no pip to try with; look at uv's message above"
    "$venv/bin/pip" install -q --require-hashes -r requirements/setup.txt -r "$lock"
}

sync_role() {
    lock="requirements/$role.txt"
    stamp=$(stamp_of requirements/setup.txt "$lock")
    if is_stamped "$role" "$stamp"; then return; fi
    say "installing the versions of $lock (hashes checked)"
    if [ "$role" = test ]; then
        # A sync removes what is not locked: the project itself, the benchmarks' rivals, the fuzzer.
        rm -f "$venv/.evenhand-project" "$venv/.evenhand-bench" "$venv/.evenhand-fuzz"
        with_uv_or_pip sync "$lock"
    else
        with_uv_or_pip install "$lock"
    fi
    printf '%s' "$stamp" >"$venv/.evenhand-$role"
}

install_project() {
    stamp=$(stamp_of pyproject.toml)-$(pwd | cksum | tr -d ' ')
    if is_stamped project "$stamp"; then return; fi
    say "installing the project itself, editable"
    set -- install -q --no-deps --no-build-isolation -e .
    { [ -n "$uv" ] && VIRTUAL_ENV="$PWD/$venv" "$uv" pip "$@"; } || "$venv/bin/pip" "$@"
    printf '%s' "$stamp" >"$venv/.evenhand-project"
}

if [ -e "$venv" ] && ! is_new_enough "$python"; then
    say "$venv does not run here; making it anew"
    rm -rf "$venv"
fi
[ -e "$venv" ] || make_venv
hand_over_pip_settings
find_uv
case "$role" in
    # The test role holds everything of main at the same versions, so there is nothing to add.
    main) is_stamped test "$(stamp_of requirements/setup.txt requirements/test.txt)" || sync_role ;;
    test) sync_role ;;
    bench | fuzz) wanted=$role; role=test; sync_role; role=$wanted; sync_role ;;
    *) fail "unknown role $role; use test, main, bench or fuzz" ;;
esac
install_project
say "ready: $venv ($("$python" -V 2>&1))"
