# kubelint-lessons: `make` lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/sh

VENV   := .venv
BIN    := $(VENV)/bin
PYTHON ?= $(shell for v in python3.13 python3.12 python3.11 python3.14 python3 python; do \
	$$v -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && echo $$v && break; done)

.PHONY: help demo test check format docs goldens bench clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/kubelint: pyproject.toml
	@test -n "$(PYTHON)" || { echo "kubelint-lessons needs Python 3.11 to 3.14: install one, or name it with make PYTHON=…"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "the venv module is missing: on Debian, apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(BIN)/pytest: $(BIN)/kubelint
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(BIN)/kubelint ## Lint the example cluster in fixtures/homelab (installs into .venv first)
	@$(BIN)/kubelint lint fixtures/homelab; status=$$?; \
	echo; echo "kubelint lint fixtures/homelab ended with exit status $$status (1: it found something)"; test $$status -eq 1

test: $(BIN)/pytest ## Run all tests
	@$(BIN)/python -m pytest -q

check: $(BIN)/pytest ## Check style, types and generated pages
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m kubelint_lessons lessons check rules

format: $(BIN)/pytest ## Format the code
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

docs: $(BIN)/pytest ## Write the pages that are generated from the lessons
	@$(BIN)/python -m kubelint_lessons.cli.pages docs/rules

goldens: $(BIN)/pytest ## Write the expected outputs of the tests anew; read the diff before you commit it
	@$(BIN)/python -m pytest -q --update-goldens tests

bench: $(BIN)/pytest ## Measure a lint against parsing alone and other linters (ARGS=--help: choices)
	@$(BIN)/python -m tests.bench $(ARGS)

clean: ## Remove what the other targets made
	@rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
