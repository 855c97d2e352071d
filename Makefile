# Everything runs in .venv, made from pyproject.toml by the first target that needs it.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run demo test test-endurance test-systemd bench lint chromium faults postgresql install uninstall clean

run: .venv/.installed
	@$(BIN)/gamepilot-mon run

demo: .venv/.installed
	@$(BIN)/gamepilot-mon demo

test: .venv/.dev chromium faults postgresql
	$(BIN)/python -m pytest -m "not systemd and not endurance" -n 3 --dist loadfile --no-loadscope-reorder

# Kills, faults, storms and crowds: what they take is time, and each sets how often by an environment variable.
test-endurance: .venv/.dev chromium faults postgresql
	$(BIN)/python -m pytest -s -m endurance

test-systemd: .venv/.dev
	$(BIN)/python -m pytest -m systemd tests/systemd -rs

bench: .venv/.dev
	$(BIN)/python -m bench

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Browser tests use Debian's Chromium; where it may not be installed they are skipped with the reason,
# and with CI=true they fail instead.
chromium:
	@sh tests/browser/chromium.sh

# The same for what sets the clock of a daemon in tests, and lets its disk fail.
faults:
	@sh tests/reliability/tools.sh

# The same for the tests that read a real PostgreSQL server.
postgresql:
	@sh tests/postgresql.sh

install:
	@sh systemd/install.sh

uninstall:
	@sh systemd/uninstall.sh

clean:
	rm -rf .venv var dist build

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "python3-venv is needed (Debian: apt install python3-venv)"; exit 1; }

.venv/.installed: .venv/bin/python pyproject.toml
	@echo "installing into .venv (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

.venv/.dev: .venv/bin/python pyproject.toml
	@echo "installing into .venv, with what the tests need (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ .venv/.installed
