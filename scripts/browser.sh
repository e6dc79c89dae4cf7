#!/bin/sh
# Looks for Chromium, which the browser tests drive, and installs Debian's where it is absent and that is possible.
set -eu

for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
say() { printf 'setup: %s\n' "$*" >&2; }
# Ubuntu's package of that name is a pointer to a snap, which does not install in a container.
if [ ! -r /etc/os-release ] || ! grep -q '^ID=debian' /etc/os-release; then
    say "no Chromium found; the browser tests are skipped"
    exit 0
fi
prefix=
if [ "$(id -u)" != 0 ]; then
    if sudo -n true >/dev/null 2>&1; then prefix="sudo -n"; else
        say "no Chromium found and no right to install it; the browser tests are skipped (apt-get install chromium)"
        exit 0
    fi
fi
say "installing Debian's chromium with apt-get, for the browser tests"
$prefix apt-get update -qq >/dev/null 2>&1 || true
$prefix env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null ||
    say "chromium could not be installed; the browser tests are skipped"
