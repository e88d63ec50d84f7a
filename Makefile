# make setup   a virtual environment in .venv with everything
# make demo    a simulated county, ready in half a minute
# make test    every test, on real parts (installs them with apt where it may)
# make lint    style, types, floors
# make bench   figures, as ratios in one run on real parts
# make soak    random kills and long runs; prints its seed

SHELL := /bin/bash
# The first Python there is that is new enough; `make PYTHON=…` names another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
READY := .venv/.ready
# The tests start some hundred processes: each would compile all of this anew.
unexport PYTHONDONTWRITEBYTECODE

# Debian packages, each with a program (or a font) that shows it is there.
DEMO_APT := mosquitto
TEST_APT := mosquitto influxdb nginx-light postgresql chromium fonts-noto-cjk docker-compose smstools dovecot-imapd

.PHONY: setup demo test lint bench soak apt apt-demo lock clean
.DEFAULT_GOAL := setup

setup: $(READY)

$(READY): requirements.lock pyproject.toml hatch_build.py assets/package-lock.json $(wildcard dashboards/locale/*/LC_MESSAGES/*.po)
	@test -n "$(PYTHON)" || { echo "coldchain needs Python 3.11 or newer: apt install python3, or make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || $(MAKE) --no-print-directory install-apt PACKAGES=python3-venv
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

# Beyond the demo's own needs nothing is asked of the system: without mosquitto it uses the embedded broker and says so.
demo: setup
	@command -v mosquitto >/dev/null || test -x /usr/sbin/mosquitto || $(MAKE) --no-print-directory install-apt PACKAGES="$(DEMO_APT)" || true
	$(BIN)/coldchain demo

# Journeys run in scaled real time, so they run alone; the rest shares the processors,
# how many at once and in which order: tests/conftest.py. 5 = none of ARGS was of that kind.
test: setup apt
	$(BIN)/python -m pytest -m "not soak and not journey" -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS) || test $$? = 5
	$(BIN)/python -m pytest -m "journey and not soak" $(ARGS) || test $$? = 5

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: setup apt
	$(BIN)/python -m bench $(ARGS)

soak: setup apt
	$(BIN)/python -m pytest -m soak --timeout 3600 -s $(ARGS)

apt:
	@missing=; \
	for package in $(TEST_APT); do dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'install ok installed' || missing="$$missing $$package"; done; \
	test -z "$$missing" || $(MAKE) --no-print-directory install-apt PACKAGES="$$missing"

install-apt:
	@if ! command -v apt-get >/dev/null; then echo "please install with your system's packages:$(PACKAGES)"; exit 1; fi; \
	if [ "$$(id -u)" = 0 ]; then run=; elif sudo -n true 2>/dev/null; then run="sudo -n"; else echo "please run: sudo apt-get install -y --no-install-recommends $(PACKAGES)"; exit 1; fi; \
	echo "apt-get install $(PACKAGES)"; \
	$$run apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive $$run apt-get install -y -qq --no-install-recommends $(PACKAGES) >/dev/null

# The lock is hashed and names no host; it is made anew with uv (pip install uv).
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-annotate --no-header --quiet --extra dev pyproject.toml -o requirements.lock

clean:
	rm -rf .venv dashboards/static/vendor .mypy_cache .ruff_cache .pytest_cache
