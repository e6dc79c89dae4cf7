# Two commands matter: `make demo` runs a whole study on this machine, `make test` runs every check.
.DEFAULT_GOAL := help
.PHONY: help setup demo test bench drill fuzz docs lock wheel clean

COMPILE := .venv/bin/uv pip compile -q --universal --python-version 3.11 --no-header --no-annotate \
	--no-emit-index-url --generate-hashes
REHEARSAL := rehearsal
SECONDS := 600

help:  ## Say what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1\t/' | expand -t 14

setup:  ## Build .venv with everything that the tests need (uv included)
	@scripts/setup.sh test

demo:  ## Run a whole study in a made-up town, in about a minute, and say where its report lies
	@scripts/setup.sh main
	@.venv/bin/evenhand rehearse $(REHEARSAL)

test: setup  ## Run format, lint, types, import contracts, documentation and all tests
	@scripts/browser.sh
	@scripts/test.sh

bench:  ## Run the benchmarks in bench/ and print their tables
	@scripts/setup.sh bench
	@for script in bench/*_bench.py; do \
		printf '\n== %s\n' "$$script" >&2; \
		PYTHONPATH=. .venv/bin/python "$$script" || exit 1; \
	done

drill: setup  ## Run the tests that plant a bug, kill a run or feed bad input
	@.venv/bin/pytest -n auto --dist loadgroup -m "drill or not drill" \
		-k "planted or killed or faults or refuse" tests

fuzz:  ## Let atheris make up pages for SECONDS (600), from the golden ones; Linux only
	@scripts/setup.sh fuzz
	@PYTHONPATH=. .venv/bin/python tests/crawler/fuzz_pages.py -max_total_time=$(SECONDS)

docs: setup  ## Build the documentation into docs/_build/html
	@.venv/bin/python -m sphinx -W --keep-going -b html docs docs/_build/html

lock: setup  ## Compile requirements/ anew from pyproject.toml
	@$(COMPILE) pyproject.toml -o requirements/main.txt
	@$(COMPILE) -c requirements/main.txt --group test --group docs pyproject.toml -o requirements/test.txt
	@$(COMPILE) -c requirements/test.txt --group docs pyproject.toml -o requirements/docs.txt
	@$(COMPILE) -c requirements/test.txt --group bench pyproject.toml -o requirements/bench.txt
	@$(COMPILE) -c requirements/test.txt --group fuzz pyproject.toml -o requirements/fuzz.txt
	@printf 'uv\nhatchling\neditables\n' | $(COMPILE) -c requirements/test.txt - -o requirements/setup.txt

wheel: setup  ## Build the wheel into dist/, byte for byte the same from the same commit
	@SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)} \
		.venv/bin/python -m hatchling build -t wheel

clean:  ## Remove what the other commands made
	@rm -rf .venv build dist docs/_build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache \
		$(REHEARSAL)
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
