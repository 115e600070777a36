# Everything from a bare Python 3.11, make and the package index. `make help` lists the targets.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
OUT    ?= boojum-out
# Tests share the processors, a file of tests in one process.
PARALLEL ?= -n auto --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help demo audit check test slow coverage lint format docs lock clean

help:  ## list the targets
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The operator's environment: the lock is complete, and --no-deps leaves out the GPU libraries that xgboost names.
$(VENV)/.ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "boojum needs Python 3.11 or later; say make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --no-deps --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $@

# The same with test tools, linters and types.
$(VENV)/.dev: $(VENV)/.ready requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps --requirement requirements-dev.lock
	touch $@

demo: $(VENV)/.ready  ## audit a small mirror made on the spot, and print the ranking
	$(BIN)/boojum demo --out $(OUT)

audit: $(VENV)/.ready  ## audit a mirror: make audit MIRROR=/srv/pypi
	@test -n "$(MIRROR)" || { echo "say which mirror: make audit MIRROR=/srv/pypi" >&2; exit 2; }
	$(BIN)/boojum audit "$(MIRROR)" --out "$(OUT)"

check: $(VENV)/.dev lint  ## lint, types and the fast tests: for the one who is working
	$(BIN)/python -m pytest -m "not slow" --hypothesis-profile=quick $(PARALLEL)

test: $(VENV)/.dev  ## every test, the slow ones too
	$(BIN)/python -m pytest -m "not slow" $(PARALLEL)
	$(BIN)/python -m pytest -m slow $(PARALLEL)

slow: $(VENV)/.dev  ## the slow tests alone: killed workers and drivers, full disks, damaged stores
	$(BIN)/python -m pytest -m slow $(PARALLEL)

coverage: $(VENV)/.dev  ## line and branch coverage of every test, as htmlcov/index.html
	$(BIN)/python -m coverage erase
	$(BIN)/python -m coverage run -m pytest -q $(PARALLEL)
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage html --quiet
	$(BIN)/python -m coverage report --skip-covered --sort=cover

lint: $(VENV)/.dev  ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev  ## lay the code out with ruff
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/.ready  ## write the generated parts of docs/ anew
	$(BIN)/python docs/generate.py

LOCK := uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
	--no-emit-package nvidia-nccl-cu12 --no-emit-package nvidia-nccl-cu13

lock: $(VENV)/.dev  ## write both lock files anew
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/$(LOCK) --output-file requirements.lock pyproject.toml
	$(BIN)/$(LOCK) --extra dev --output-file requirements-dev.lock pyproject.toml

clean:  ## remove the environment and what runs left
	rm -rf $(VENV) $(OUT) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage* htmlcov
