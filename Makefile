# Fenggu: make app · make test · make check · make bench
# Needs python3 (3.11 or newer) with venv, and make. Debian packages it lacks are installed where
# that is allowed, else named.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(BIN)/python
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
HOST ?= 127.0.0.1
PORT ?= 8501
JOBS ?= 2

.PHONY: app test check bench clean

app: $(VENV)/app.stamp
	$(BIN)/fenggu init --sample
	FENGGU_DEMO=1 FENGGU_HOST=$(HOST) FENGGU_PORT=$(PORT) $(RUN) app.py

test: $(VENV)/dev.stamp
	@tools/system-packages optional chromium fonts-noto-cjk mosquitto openssl
	# Tests start some fifty programs of ours: compiled once, not by each of them again.
	PYTHONDONTWRITEBYTECODE= $(RUN) -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

check: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/pyright --threads $(JOBS) --pythonpath $(RUN)

bench: $(VENV)/dev.stamp $(VENV)/bench.stamp
	$(RUN) -m tests.benchmarks

clean:
	rm -rf $(VENV)

$(VENV)/bin/python:
	@tools/system-packages required python3-venv libgomp1
	$(PYTHON) -m venv $(VENV)

$(VENV)/app.stamp: $(VENV)/bin/python requirements.txt pyproject.toml
	$(PIP) install --no-deps -r requirements.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/dev.stamp: $(VENV)/app.stamp requirements-dev.txt
	$(PIP) install --no-deps -r requirements-dev.txt
	touch $@

$(VENV)/bench.stamp: $(VENV)/bin/python requirements-bench.txt
	$(PIP) install --no-deps -r requirements-bench.txt
	touch $@
