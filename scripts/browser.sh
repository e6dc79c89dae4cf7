#!/bin/sh
# Looks for what the browser tests need and installs what is absent, where that is possible: Chromium (Debian's), and
# the one system library without which Playwright's driver does not start.
set -eu
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*" >&2; }

have_browser() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        if command -v "$name" >/dev/null 2>&1; then return 0; fi
    done
    return 1
}

driver_runs() {
    driver=$(.venv/bin/python -c 'from playwright._impl._driver import compute_driver_executable as where
print(where()[0])') && "$driver" --version >/dev/null 2>&1
}

# Installs a package where this user may without a question.
install() {
    command -v apt-get >/dev/null 2>&1 || return 1
    prefix=
    if [ "$(id -u)" != 0 ]; then
        sudo -n true >/dev/null 2>&1 || return 1
        prefix="sudo -n"
    fi
    say "installing $1 with apt-get, for the browser tests"
    $prefix apt-get update -qq >/dev/null 2>&1 || true
    $prefix env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" >/dev/null
}

# Ubuntu's package chromium is a pointer to a snap, which does not install in a container.
is_debian() { [ -r /etc/os-release ] && grep -q '^ID=debian' /etc/os-release; }

if ! have_browser; then
    { is_debian && install chromium; } ||
        say "no Chromium here; the browser tests are skipped (Debian: apt-get install chromium)"
fi
if have_browser && ! driver_runs; then
    { install libatomic1 && driver_runs; } ||
        say "Playwright's driver does not start here; the browser tests are skipped (Debian: apt-get install libatomic1)"
fi
