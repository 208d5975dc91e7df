# The desk's commands. `make dev` and `make test` need only Python and make.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
MANAGE := $(BIN)/python manage.py
PORT ?= 8000
CATALOGUES := $(wildcard cashup/locale/*/LC_MESSAGES/*.po)
COMPOSE := docker compose
# Node.js comes with the tools; a machine without one needs nothing more.
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help install dev test check lint format migrate reset-db bench build up down clean lock

help: ## List these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

install: $(VENV)/.dev node_modules/.installed $(CATALOGUES:.po=.mo) ## Install everything, tools included

dev: $(VENV)/.base $(CATALOGUES:.po=.mo) ## Run the whole desk in one process, with a demo
	@$(MANAGE) serve --reload --port $(PORT)

test: $(VENV)/.dev $(CATALOGUES:.po=.mo) ## Run the tests, and again on real servers where they answer
	@$(BIN)/python -m pytest -n auto --dist loadgroup
	@$(BIN)/python -m tests.servers

check: install ## Everything that is checked without running the desk
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(MANAGE) check --fail-level WARNING
	@$(MANAGE) makemigrations --check --dry-run
	@$(MANAGE) messages --check
	@$(BIN)/npm run --silent check

lint: install ## Find mistakes in Python and JavaScript
	@$(BIN)/ruff check .
	@$(BIN)/npm run --silent lint

format: install ## Format Python and JavaScript
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/npm run --silent format

migrate: $(VENV)/.base ## Bring the database to this version
	@$(MANAGE) migrate

reset-db: $(VENV)/.base ## Delete the embedded database and everything else under var/
	@$(MANAGE) reset

bench: $(VENV)/.dev ## Measure speed and memory against peers and limits
	@$(BIN)/python -m benchmarks

build: ## Build the container image
	@$(COMPOSE) build

up: ## Start the servers and the desk in containers
	@$(COMPOSE) up --detach

down: ## Stop the containers; data stays
	@$(COMPOSE) down

clean: ## Remove what the other commands built
	@rm -rf $(VENV) node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache benchmarks/.peers
	@find apps cashup tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

lock: $(VENV)/.dev ## Compile requirements/*.txt from pyproject.toml
	@for set in base prod dev; do \
	  extra=$$([ $$set = base ] || echo --extra $$set); \
	  $(BIN)/uv pip compile pyproject.toml $$extra --universal --python-version 3.11 \
	    --generate-hashes --no-emit-index-url --no-emit-find-links --quiet \
	    --custom-compile-command "make lock" --output-file requirements/$$set.txt; \
	done

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.base: requirements/base.txt | $(VENV)/bin/python
	@test -e $(VENV)/.dev || (echo "Installing what the desk needs (once, about two minutes) ..." && $(PIP) -r $<)
	@$(MANAGE) compile_kernels
	@touch $@

$(VENV)/.dev: requirements/dev.txt | $(VENV)/bin/python
	@echo "Installing tools for development and tests (once, about two minutes) ..."
	@$(PIP) -r $<
	@$(MANAGE) compile_kernels
	@touch $@ $(VENV)/.base

node_modules/.installed: package-lock.json | $(VENV)/.dev
	@$(BIN)/npm install --silent --no-save --no-audit --no-fund
	@touch $@

%.mo: %.po | $(VENV)/.base
	@$(MANAGE) messages --compile
