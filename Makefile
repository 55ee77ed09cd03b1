# make demo      run the demonstration                make lint      ruff, black, mypy, import-linter
# make test      all checks and tests                 make format    put the sources in form
# make fuzz      many more random workflows, bodies  make clean     remove what the other targets made
# make bench     compare with plain Python and peers
# make corpus    CPython's own tests with compiled functions in the standard library
#
# Needs make and Python 3.11 or later; everything else goes into .venv. `make demo PYTHON=python3.12` picks a Python.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
endif
RUN := $(BIN)/python

# One stamp for each set of requirements. It names the folder too: a copy of the checkout installs itself anew,
# instead of running the sources of the original.
HERE := $(shell pwd -P | cksum | cut -d ' ' -f 1)
INSTALLED := $(VENV)/installed-$(HERE)
DEV := $(INSTALLED)-dev
BENCH := $(INSTALLED)-bench

# Some systems ship Python without ensurepip; then its own pip, if there is one, fills the environment.
VENV_BY_PIP = { $(PYTHON) -m venv --clear --without-pip $(VENV) && \
    $(PYTHON) -m pip --python $(RUN) install --quiet pip; }

export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test fuzz bench corpus lint format clean

help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile

demo: $(INSTALLED)
	@$(RUN) examples/demo.py

test: lint
	$(RUN) -m pytest

fuzz: $(DEV)
	CASCADE_FUZZ_EXAMPLES=$${CASCADE_FUZZ_EXAMPLES:-50000} $(RUN) -m pytest tests/differential tests/property

bench: $(BENCH)
	$(RUN) -m benchmarks

corpus: $(INSTALLED)
	@$(RUN) -m tests.corpus

lint: $(DEV)
	$(RUN) -m ruff check .
	$(RUN) -m black --check --quiet .
	$(RUN) -m mypy --strict
	$(RUN) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'

format: $(DEV)
	$(RUN) -m ruff check --fix .
	$(RUN) -m black --quiet .

clean:
	rm -rf $(VENV) build dist htmlcov .benchmarks .coverage .coverage.* .hypothesis .import_linter_cache \
	    .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUN):
	@command -v $(PYTHON) >/dev/null || { \
	    echo "There is no $(PYTHON) here; Cascade needs Python 3.11 or later." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "Cascade needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) --version 2>&1)." >&2; \
	    echo "Name another one: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@echo "Creating $(VENV) ..." >&2
	@$(PYTHON) -m venv --clear $(VENV) >/dev/null || $(VENV_BY_PIP) || { rm -rf $(VENV); \
	    echo "$(PYTHON) could not create a virtual environment." >&2; \
	    echo "On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

$(INSTALLED): pyproject.toml | $(RUN)
	@echo "Installing Cascade into $(VENV) ..." >&2
	@$(RUN) -m pip install --quiet --editable .
	@touch $@

$(DEV): pyproject.toml | $(RUN)
	@echo "Installing Cascade and its development tools into $(VENV) ..." >&2
	@$(RUN) -m pip install --quiet --editable '.[dev]'
	@touch $@ $(INSTALLED)

$(BENCH): pyproject.toml | $(RUN)
	@echo "Installing Cascade and what it is compared with into $(VENV) ..." >&2
	@$(RUN) -m pip install --quiet --editable '.[dev,bench]'
	@touch $@ $(INSTALLED)
