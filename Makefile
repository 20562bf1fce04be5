# Every target works from a fresh clone: it makes .venv and installs what is missing, with uv if
# it is there, else with venv and pip. The second time costs nothing until pyproject.toml changes.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

IS_SUPPORTED := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
HAS_PIP := -c 'import pip'
UV := $(shell command -v uv 2>/dev/null)

ifdef UV
MAKE_VENV = uv venv --quiet --clear --seed --python '>=3.11' $(VENV)
INSTALL = uv pip install --quiet --python $(BIN)/python
else
MAKE_VENV = $(PYTHON) $(IS_SUPPORTED) || { echo "rtgen-tui needs Python 3.11 or newer, but \
	$(PYTHON) is $$($(PYTHON) -V 2>&1): run make PYTHON=python3.11, or install uv." >&2; exit 1; }; \
	$(PYTHON) -m venv --clear $(VENV)
INSTALL = $(BIN)/python -m pip install -qq --disable-pip-version-check
endif

.PHONY: run test check bench fast

run: $(INSTALLED) # open the terminal application; make run ARGS="..." hands arguments on
	@$(BIN)/rtgen-tui $(ARGS)

test: check # everything that must hold before a change lands

check: $(INSTALLED) # formatting, lint, types, import rules, tests
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/mypy --no-error-summary & types=$$!; \
	$(BIN)/python -m pytest -q -n 2; tests=$$?; wait $$types && exit $$tests

bench: $(INSTALLED) # measurements side by side; no part of the tests
	@$(BIN)/python -m benchmarks $(ARGS)

fast: $(INSTALLED) # the same with its engine compiled, in build/fast; needs a C compiler
	@$(BIN)/python -m tools.compile

$(INSTALLED): pyproject.toml
	@echo "Installing rtgen-tui into $(VENV) ..." >&2
	@{ $(BIN)/python $(IS_SUPPORTED) && $(BIN)/python $(HAS_PIP); } 2>/dev/null || { $(MAKE_VENV); }
	@$(INSTALL) --editable '.[dev]'
	@$(BIN)/python -m compileall -qq emulator rtgen_tui || true
	@touch $@
