# `make` alone lists what there is. PORT, PARLEY_DATA and PYTHON may be set: make demo PORT=9000

PYTHON      ?= python3
PORT        ?= 8000
PARLEY_DATA ?= data

BIN    := .venv/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check -qq
PYTEST := $(BIN)/python -m pytest

# A stamp's name carries the checksum of what it was made from: a second run finds it and installs nothing.
key = $(shell cat $(1) 2>/dev/null | cksum | tr -cd 0-9)
RUNTIME := .venv/.runtime-$(call key,requirements.lock)
PROJECT := .venv/.project-$(call key,requirements.lock pyproject.toml)
DEV     := .venv/.dev-$(call key,requirements.lock requirements-dev.lock)
NODE    := node_modules/.parley-$(call key,package-lock.json)
VENDOR  := static/vendor/.parley-$(call key,package-lock.json static/vendor.lock)

heading = @printf '\n== %s ==\n' '$(1)'

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo dev setup test messages lint format test-unit test-system test-e2e bench lock services clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo dev: export PORT := $(PORT)
demo dev: export PARLEY_DATA := $(PARLEY_DATA)

demo: $(PROJECT) $(VENDOR) ## Run Parley with a demo shop and demo accounts (PORT=8000 PARLEY_DATA=data)
	@exec $(BIN)/parley demo

dev: $(PROJECT) $(VENDOR) ## The demo, started again whenever a file changes
	@exec $(BIN)/parley demo --reload

setup: $(PROJECT) $(DEV) $(VENDOR) ## Install everything to run and to work on Parley
	@echo 'Ready: make demo, make test'

test: lint test-unit test-system test-e2e ## Everything that must pass: format, lint, types, tests, stories in a browser

messages: $(PROJECT) $(DEV) ## Bring the catalogues of the languages up to date with the sentences of the sources
	@$(BIN)/python tools/messages.py

lint: $(PROJECT) $(DEV) ## Format, lint and types, changing nothing
	$(call heading,Format)
	@$(BIN)/ruff format --check .
	$(call heading,Lint)
	@$(BIN)/ruff check .
	$(call heading,Types)
	@$(BIN)/mypy

format: $(DEV) ## Format the code and mend what can be mended by itself
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

test-unit: $(PROJECT) $(DEV) $(VENDOR) services ## The tests without a browser (ARGS="-k archive")
	$(call heading,Tests)
	@$(PYTEST) tests --ignore tests/system -n 2 $(ARGS)

test-system: $(PROJECT) $(DEV) $(VENDOR) services ## Whole processes, raced, killed and cut off (ARGS="-k kill")
	$(call heading,Whole processes)
	@$(PYTEST) tests/system -n 2 $(ARGS)

test-e2e: $(PROJECT) $(DEV) $(VENDOR) services ## The stories in a browser (ARGS="-k archive")
	$(call heading,Stories in a browser)
	@$(PYTEST) e2e -n 2 $(ARGS)

bench: $(PROJECT) $(DEV) $(VENDOR) services ## Measure the budgets
	@$(BIN)/python -m bench $(ARGS)

lock: $(DEV) ## Lock anew what pyproject.toml and package.json ask for (needs uv; ARGS=--upgrade)
	@tools/lock $(ARGS)

clean: ## Remove what was installed and fetched; data stays
	@rm -rf .venv node_modules static/vendor parley.egg-info .mypy_cache .pytest_cache .ruff_cache

services:
	@tools/install_test_services

$(RUNTIME):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'Parley needs Python 3.11 or newer: make PYTHON=/path/to/python3'; exit 1; }
	@echo 'Installing Python packages into .venv'
	@$(PYTHON) -m venv --clear .venv
	@$(PIP) install --require-hashes --requirement requirements.lock
	@touch $@

$(PROJECT): | $(RUNTIME)
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@rm -f .venv/.project-*
	@touch $@

$(DEV): | $(RUNTIME)
	@echo 'Installing tools for tests into .venv'
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@rm -f .venv/.dev-*
	@touch $@

$(NODE):
	@echo 'Installing npm packages into node_modules'
	@npm ci --include=dev --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

$(VENDOR): | $(NODE)
	@$(PYTHON) tools/fetch_vendor.py
	@touch $@
