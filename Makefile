# make demo   the pipeline on sample photos        make test   every test
# make lint   formatter and linter, checking       make format formatter and linter, mending
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
INSTALLED := $(VENV)/.installed

.PHONY: demo test lint format install

demo: install
	@$(VENV)/bin/python -m pipeline.demo

test: install
	@$(VENV)/bin/python -m pytest -q

lint: install
	@$(VENV)/bin/ruff format --check . && $(VENV)/bin/ruff check .

format: install
	@$(VENV)/bin/ruff format . && $(VENV)/bin/ruff check --fix .

install: $(INSTALLED)

$(INSTALLED): requirements.lock
	@echo "installing the requirements into $(VENV) (some minutes, once)"
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info[:2] != (3, 11))" || { echo "needs Python 3.11; set PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@touch $@
