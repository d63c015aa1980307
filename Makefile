# `make help` lists what can be done. Everything is set up on first use, in .venv and data/.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# Each process of the product, and the suite starts hundreds, would compile all of it again where this is set.
export PYTHONDONTWRITEBYTECODE :=

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERLINE := $(BIN)/python -m app.cli
INSTALLED := $(VENV)/.installed

# What to test, and in how many processes: make test T=tests/rosters JOBS=4
T ?= tests
JOBS ?= 2

# The demo's own receiver is the one private address that webhooks may reach.
run receiver demo: export PEERLINE_DEMO_RECEIVER_PORT ?= 8899
run demo: export PEERLINE_WEBHOOK_ALLOWED_ORIGINS ?= http://127.0.0.1:$(PEERLINE_DEMO_RECEIVER_PORT)

##@ Use

.PHONY: help
help: ## this list
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z][a-z-]*:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: setup
setup: $(INSTALLED) ## install into .venv what is needed, with verified hashes, and the command peerline; again when they change

.PHONY: run
run: setup ## serve two demo schools on PEERLINE_HOST:PEERLINE_PORT, data in PEERLINE_DATA_DIR or PEERLINE_DATABASE_URL
	$(PEERLINE) migrate
	$(PEERLINE) demo seed
	exec $(PEERLINE) serve --demo-receiver

.PHONY: receiver
receiver: setup ## only the demo's webhook receiver, for a server that runs without one
	exec $(PEERLINE) demo receiver

.PHONY: demo
demo: setup ## play the main journeys against the running server, from a second terminal
	$(PEERLINE) demo play

##@ Work on it

.PHONY: test
# PEERLINE_LONG_TESTS=1 make test: everything on both databases, three times as many made-up histories, all that takes long.
# PEERLINE_TESTS_TURN=1 make test: on the other of two databases, and others of what takes turns.
test: setup ## run the whole suite on SQLite and PostgreSQL; make test T=tests/rosters runs a part
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(T)

.PHONY: check
check: setup ## lint, format, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

.PHONY: openapi
openapi: setup ## write openapi/openapi.json from the code
	mkdir -p openapi
	$(PEERLINE) openapi > openapi/openapi.json.new
	mv openapi/openapi.json.new openapi/openapi.json

.PHONY: openapi-check
openapi-check: setup ## fail when openapi/openapi.json is not what the code says, breaks clients, or grows without a word in its changelog
	@diff -u openapi/openapi.json <($(PEERLINE) openapi) || { echo "openapi/openapi.json is behind the code: make openapi"; exit 1; }
	@echo "openapi/openapi.json is what the code says."
	@$(BIN)/python scripts/openapi_changes.py check

.PHONY: contract
contract: contract-lint contract-clients contract-fuzz ## lint the contract, make clients of it, and call all of it; needs node, npm and java

.PHONY: contract-lint
contract-lint: setup ## lint openapi/openapi.json with Redocly and Spectral
	scripts/contract_lint.sh

.PHONY: contract-clients
contract-clients: setup ## make clients of it in TypeScript, Python, Kotlin and Swift, and check them
	scripts/contract_clients.sh

.PHONY: contract-fuzz
contract-fuzz: setup ## call every operation in ways that nobody thought of; takes minutes. make contract-fuzz F="--seed 7"
	$(BIN)/python -m tests.fuzzing $(F)

.PHONY: fuzz
fuzz: setup ## send every parser N examples of what strangers send, other ones each time; make fuzz N=20000
	PEERLINE_FUZZ_EXAMPLES=$(or $(N),2000) $(BIN)/python -m pytest -n $(JOBS) tests/parsing

.PHONY: bench
bench: setup ## measure; takes minutes. make bench B=--help lists the parts
	$(BIN)/python -m benchmarks $(B)

.PHONY: chaos
chaos: setup ## kill, crash, fill, step and refuse under load, and count what is lost; takes minutes. make chaos C=--help
	$(BIN)/python -m benchmarks.chaos $(C)

.PHONY: upgrade
upgrade: setup ## run the code of the last release on the schema of today, on both databases
	PEERLINE_LONG_TESTS=1 $(BIN)/python -m pytest tests/upgrading

.PHONY: alerts-check
alerts-check: ## try the alert rules with promtool, which comes with Prometheus
	@command -v promtool >/dev/null || { echo "There is no promtool here; the suite still checks what the rules name."; exit 1; }
	promtool check config deploy/prometheus/prometheus.yml
	cd deploy/prometheus && promtool test rules alerts_test.yml

.PHONY: scale
scale: setup ## fill a thousand schools with a million reports and measure; takes a quarter of an hour. make scale S=--help
	$(BIN)/python -m benchmarks.scale $(S)

.PHONY: smoke
smoke: setup ## build the package and use it as a new user would
	scripts/smoke.sh

##@ Release

.PHONY: release-contract
release-contract: setup ## hold clients to openapi/openapi.json as it is; AGAIN=1: the same version, which nobody has yet
	$(BIN)/python scripts/openapi_changes.py release $(if $(AGAIN),--again)

.PHONY: release-schema
release-schema: setup ## hold migrations to this commit, whose code then has to run on every schema until the next release
	$(BIN)/python scripts/release_schema.py

COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

.PHONY: build
build: setup ## build the wheel into dist/
	$(BIN)/python -m build --wheel --no-isolation --outdir dist .

.PHONY: audit
audit: setup ## look up every locked requirement in the known advisories; needs the internet
	scripts/supply_chain.sh audit

.PHONY: sbom
sbom: setup ## write dist/peerline.cdx.json, a CycloneDX bill of what the service installs
	scripts/supply_chain.sh sbom

.PHONY: lock
lock: setup ## resolve the requirements again; needs a package index. make lock UP=--upgrade takes newer versions
	$(COMPILE) $(UP) pyproject.toml --output-file requirements/run.lock
	$(COMPILE) $(UP) pyproject.toml --group dev --output-file requirements/dev.lock
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
	  | $(COMPILE) --constraint requirements/dev.lock - --output-file requirements/build.lock
	$(COMPILE) $(UP) requirements/contract.in --output-file requirements/contract.lock
	$(COMPILE) $(UP) requirements/supply.in --output-file requirements/supply.lock

.PHONY: clean
clean: ## remove what was built and the tools' caches; .venv and data/ stay
	rm -rf dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

# Debian and Ubuntu ship Python without ensurepip; a pip of its own (22.3 or newer) then fills the environment.
# The lock has all that is needed: nothing is resolved again, least of all what pyproject.toml overrides.
$(INSTALLED): requirements/dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Peerline needs Python 3.11 or newer, and $(PYTHON) is not. Another: make setup PYTHON=python3.12"; exit 1; }
	@if $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
	  $(PYTHON) -m venv $(VENV); pip="$(BIN)/python -m pip"; \
	elif $(PYTHON) -c 'import venv' 2>/dev/null && $(PYTHON) -m pip --python "$$(command -v $(PYTHON))" --version >/dev/null 2>&1; then \
	  echo "$(PYTHON) has no ensurepip: its own pip installs into $(VENV)."; \
	  $(PYTHON) -m venv --without-pip $(VENV); pip="$(PYTHON) -m pip --python $(BIN)/python"; \
	else \
	  echo "$(PYTHON) has neither ensurepip nor a pip of its own to fill $(VENV) with."; \
	  echo "On Debian and Ubuntu: apt install python3-venv. Then again: make setup"; exit 1; \
	fi; \
	echo "Installing requirements/dev.lock into $(VENV) ..."; \
	awk '/^[^ #]/ { uv = /^uv==/ } uv' requirements/dev.lock > $(VENV)/uv.lock; \
	$$pip install -qq --disable-pip-version-check --no-deps --require-hashes -r $(VENV)/uv.lock; \
	scripts/install_locked.sh requirements/dev.lock $(BIN)/python $(BIN)/python $$pip; \
	$$pip install -qq --disable-pip-version-check --no-index --no-deps --no-build-isolation --editable .
	@touch $@
