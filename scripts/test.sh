#!/bin/sh
# Runs every check of the project in order, stops at the first that fails and names it; pytest comes last.
set -u
cd "$(dirname "$0")/.."
bin=.venv/bin
if [ "${CI:-}" = true ]; then export EVENHAND_REQUIRE_BROWSER=1; fi

check() {
    what="$1"
    shift
    printf '\n== %s: %s\n' "$what" "$*" >&2
    if ! "$@"; then
        printf '\nmake test: FAILED at %s: %s\n' "$what" "$*" >&2
        exit 1
    fi
}

check format $bin/ruff format --check .
check lint $bin/ruff check .
check types $bin/mypy
check imports $bin/lint-imports
check documentation $bin/python -m sphinx -q -W --keep-going -b html docs docs/_build/html
check tests $bin/pytest -n auto --dist loadgroup
