# `make demo` and `make test` work on a fresh clone with python3, gcc and make. Everything else is installed into .venv.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.PHONY: help install demo test lint types check clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := build/demo
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

help:
	@echo "make demo     install, then make an example program faster and show the report (build/demo)"
	@echo "make test     install, then lint, type checks and all tests"
	@echo "make install  only .venv with the command loopwright in .venv/bin"
	@echo "make clean    remove what the other targets made"

install: $(VENV)/.installed

# Debian packages are installed only where that needs no password; without them the rest still works or says why not.
$(VENV)/.system: Makefile
	@mkdir -p $(VENV)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "make: Loopwright needs Python 3.11 or newer; try make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@wanted=""; \
	command -v cc >/dev/null || command -v gcc >/dev/null || wanted+=" gcc libc6-dev"; \
	command -v bwrap >/dev/null || wanted+=" bubblewrap"; \
	command -v patch >/dev/null || wanted+=" patch"; \
	$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || wanted+=" python3-venv"; \
	if [[ -n "$$wanted" ]]; then \
	  if [[ $$(id -u) == 0 ]]; then become=""; \
	  elif sudo -n true 2>/dev/null; then become="sudo -n"; \
	  else become=none; fi; \
	  if [[ $$become == none ]] || ! command -v apt-get >/dev/null; then \
	    echo "make: going on without$$wanted; to have it: sudo apt-get install$$wanted" >&2; \
	  else \
	    echo "make: installing the Debian packages$$wanted"; \
	    { $$become apt-get update -qq && \
	      $$become env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$wanted >/dev/null; } \
	      || echo "make: going on without$$wanted; to have it: sudo apt-get install$$wanted" >&2; \
	  fi; \
	fi
	@touch $@

$(VENV)/.installed: $(VENV)/.system pyproject.toml constraints.txt
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "make: python3 cannot make a virtual environment; install it with: sudo apt-get install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

lint: install
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: install
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python

check: lint types

test: check
	$(BIN)/python -m pytest -n 2 --cov --cov-report=term:skip-covered

demo: install
	@mkdir -p $(DEMO)
	@echo "== examples/covariance.c, as its author wrote it, is tuned within 40 seconds"
	$(BIN)/loopwright tune examples/covariance.c --budget 40s -o $(DEMO)/covariance.c --report $(DEMO)/report.json -- -O3 -lm
	@echo "== both programs print the same"
	$(BIN)/loopwright verify examples/covariance.c $(DEMO)/covariance.c -- -lm
	@echo "== the program:  $(DEMO)/covariance.c"
	@echo "== the report:   $(DEMO)/report.json"

clean:
	rm -rf $(VENV) build dist *.egg-info .coverage .coverage.* .hypothesis .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
