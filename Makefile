# One word per habit. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501
DATA ?=
ROW ?=
PYTEST := $(BIN)/python -m pytest $(if $(DATA),--data=$(DATA))

.DEFAULT_GOAL := help
.PHONY: help run test test-long check bench screenshots docs clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ —/'

# The stamps make the second call quick: pip runs only when the dependencies changed.
$(VENV)/run.stamp: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "bayesdiag needs Python 3.11 or newer; set PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "Python cannot make environments here: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

run: $(VENV)/run.stamp ## set up and start the app (PORT=8501)
	$(BIN)/bayesdiag app --port $(PORT)

test: $(VENV)/dev.stamp ## set up and run the tests (DATA=folder adds those on third-party data)
	$(PYTEST) -m "not long" -n 2 --dist loadfile

test-long: $(VENV)/dev.stamp ## the tests that take over ten seconds
	timeout 2700 $(PYTEST) -m long -n 2 --dist loadfile

check: $(VENV)/dev.stamp ## style, types and the import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/dev.stamp ## speed, side by side with the peers (ROW=name for one row)
	$(BIN)/python -m benchmarks $(ROW)

screenshots: $(VENV)/dev.stamp ## a picture of every page, language, light and dark, desk and telephone
	$(BIN)/python -m tests.screenshots build/screenshots

docs: $(VENV)/run.stamp ## write the generated pages anew
	$(BIN)/python -m bayesdiag.modelfile.pages
	$(BIN)/python -m benchmarks.policies
	$(BIN)/python -m benchmarks.base_rates --write

clean: ## remove the environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
