# `make run` shows the program at work, `make test` runs every gate. Both set up .venv first; only Python 3.11 is needed.
# The tests also want a Chromium, which tools/browser.py installs where it may.

PYTHONS := python3.11 python3.12 python3.13 python3.14 python3 python
BIN := .venv/bin
PY := $(BIN)/python
EXTRA :=

# Another active environment must neither be used nor changed.
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME

.PHONY: run test prove mutants bench gallery clean setup browser
.DEFAULT_GOAL := run

run: setup
	$(BIN)/oncourse serve --demo

test: setup browser
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(BIN)/lint-imports
	$(BIN)/oncourse cases
	$(PY) -m pytest -n 2 -m uncounted
	$(PY) -m pytest -n 2 -m "not uncounted" --cov

prove: setup
	$(BIN)/oncourse prove --second --explore

mutants: setup
	$(BIN)/oncourse prove --mutants

bench: EXTRA := bench
bench: setup
	@for script in bench/*.py; do echo "== $$script"; $(PY) "$$script" || exit; done

gallery: setup browser
	$(PY) -m tools.gallery

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage dist

setup:
	@for python in $(PYTHON) $(PYTHONS); do \
	  if "$$python" -c 'import ssl, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    exec "$$python" tools/bootstrap.py $(EXTRA); fi; done; \
	echo "setup: Python 3.11 or newer is needed; install it, or say where it is: make PYTHON=/path/to/python3" >&2; exit 2

browser: setup
	@$(PY) tools/browser.py
