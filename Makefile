# make run   start the bot (config.toml), or the demo where there is none
# make test  run every test
PYTHON ?= python3
BIN := .venv/bin
# Its source carries the CDNOW purchases that the tests compare with; the library itself is never installed.
LIFETIMES := 0.11.3

.PHONY: run demo test check bench clean pins

run: .venv/run
	@if [ -f config.toml ]; then exec $(BIN)/python -m bot run; else exec $(BIN)/python -m bot demo; fi

demo: .venv/run
	@exec $(BIN)/python -m bot demo

# Compiled code is kept also where the environment says not to: the tests start many processes.
test: .venv/dev
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n logical --maxprocesses=4 --dist=worksteal

check: .venv/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/dev
	$(BIN)/python -m tests.benchmarks

.venv/run: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Zhanggui needs Python 3.11 or newer: make run PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/dev: .venv/run requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --no-binary lifetimes --dest .venv/data lifetimes==$(LIFETIMES)
	@touch $@

# Compile the pins again from pyproject.toml (needs uv)
pins:
	uv pip compile --quiet --upgrade --no-header --no-annotate pyproject.toml -o requirements.txt
	uv pip compile --quiet --upgrade --no-header --no-annotate --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache
