# Everything from a bare Python 3.11, make and the package index. `make help` lists the targets.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
OUT    ?= boojum-out

.DEFAULT_GOAL := help
.PHONY: help demo audit test slow lint format lock clean

help:  ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# One stamp stands for the whole environment: pinned dependencies first, then our four folders, editable.
$(VENV)/.ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "boojum needs Python 3.11 or later; say make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $@

demo: $(VENV)/.ready  ## make a small mirror, audit it with the shipped model, print the ranking
	$(BIN)/boojum demo --out $(OUT)

audit: $(VENV)/.ready  ## audit a mirror: make audit MIRROR=/srv/pypi
	@test -n "$(MIRROR)" || { echo "say which mirror: make audit MIRROR=/srv/pypi" >&2; exit 2; }
	$(BIN)/boojum audit "$(MIRROR)" --out "$(OUT)"

test: $(VENV)/.ready  ## every test, the slow ones too
	$(BIN)/python -m pytest

slow: $(VENV)/.ready  ## the slow ones alone: workers and drivers that are killed, disks that are full, stores that are damaged
	$(BIN)/python -m pytest -m slow

lint: $(VENV)/.ready  ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.ready  ## let ruff lay the code out
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(VENV)/.ready  ## write the pinned dependencies anew
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --no-header --no-emit-index-url --no-emit-find-links --output-file requirements.lock pyproject.toml

clean:  ## remove the environment and what runs left
	rm -rf $(VENV) $(OUT) .mypy_cache .ruff_cache .pytest_cache .hypothesis
