# What one types in this checkout. `make` alone lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

BIN := .venv/bin
UV := $(BIN)/uv
PYTEST := $(BIN)/python -m pytest

# Compiled once here, in parallel, and not at the first start of a hub or a notebook server.
export UV_COMPILE_BYTECODE := 1
# A centre's own certificate authority is in the system's store, and neither uv nor node looks there by itself.
export UV_SYSTEM_CERTS := 1
export NODE_USE_SYSTEM_CA := 1
# An environment of the caller's own must not be taken for ours.
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME

.PHONY: help
help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

##### Environments. Each stamp is newer than the lock it was installed from.

.PHONY: setup setup-demo
setup: .venv/.stamp-dev .venv-user/bin/berth-singleuser .venv-deploy/.stamp node_modules/.stamp ## Install everything for work on Berth (PYTHON= picks the interpreter)

setup-demo: .venv/.stamp-hub .venv-user/bin/berth-singleuser node_modules/.stamp ## Install only what `make demo` needs

.venv/.stamp-tools: requirements/tools.txt
	python=$$(PYTHON="$(PYTHON)" scripts/find-python) && "$$python" -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	touch $@

.venv/.stamp-hub: requirements/hub.txt pyproject.toml .venv/.stamp-tools
	$(UV) pip install --quiet --python .venv --no-deps --require-hashes -r $<
	$(UV) pip install --quiet --python .venv --no-deps --no-build-isolation --editable .
	touch $@

# `sync`, not `install`: what a lock no longer names goes away. That takes our own package along, so it comes last.
.venv/.stamp-dev: requirements/dev.txt .venv/.stamp-hub
	$(UV) pip sync --quiet --python .venv --require-hashes $<
	$(UV) pip install --quiet --python .venv --no-deps --no-build-isolation --editable .
	touch $@

.venv-user/.stamp: requirements/user.txt | .venv/.stamp-tools
	$(BIN)/python -m venv --clear --without-pip .venv-user
	$(UV) pip sync --quiet --python .venv-user --require-hashes $<
	touch $@

SINGLEUSER := $(wildcard hub_config/singleuser/*.py $(addprefix hub_config/singleuser/labextension/,*.json static/*.js))

.venv-user/bin/berth-singleuser: $(SINGLEUSER) scripts/install-singleuser .venv-user/.stamp
	scripts/install-singleuser .venv-user

# Apart from .venv: an operator who only deploys needs neither the hub nor the tests.
.venv-deploy/.stamp: requirements/deploy.txt | .venv/.stamp-tools
	$(BIN)/python -m venv --clear --without-pip .venv-deploy
	$(UV) pip sync --quiet --python .venv-deploy --require-hashes $<
	touch $@

node_modules/.stamp: package-lock.json | .venv/.stamp-hub
	scripts/npm ci --no-progress
	touch $@

COMPILE := $(abspath $(UV)) pip compile --quiet --generate-hashes --python-version 3.11 --python-platform linux \
	--no-emit-index-url --no-emit-package rfc3987-syntax --no-emit-package lark --custom-compile-command "make lock"

.PHONY: lock
lock: .venv/.stamp-hub ## Compile requirements/*.in and package.json into their locks (UPGRADE=1: to the newest versions)
	cd requirements && for name in tools hub user proxy deploy dev; do \
	    $(COMPILE) $(if $(UPGRADE),--upgrade) $$name.in -o $$name.txt; done
	scripts/npm $(if $(UPGRADE),update,install) --package-lock-only

.PHONY: clean
clean: ## Remove everything that the other targets made
	rm -rf .venv .venv-user .venv-deploy node_modules dist build .*_cache .hypothesis .import_linter_cache
	find hub_config services scripts tests -name __pycache__ -prune -exec rm -rf {} +

##### Deploying. INVENTORY= is a folder with hosts.yml and files/: a copy of ansible/inventories/example.

INVENTORY ?= ansible/inventories/example
PLAY := .venv-deploy/bin/ansible-playbook -i $(INVENTORY) $(if $(LIMIT),--limit $(LIMIT))
# One command on the hub's machine, as root.
ON_HUB = .venv-deploy/bin/ansible hub -i $(INVENTORY) $(if $(LIMIT),--limit $(LIMIT)) --become \
	--module-name ansible.builtin.command --args "/usr/local/bin/berth $(1)"

.PHONY: deploy upgrade rollback restore rotate smoke
deploy: .venv-deploy/.stamp ## Install or change the hub of INVENTORY= (TAGS=profiles: only these; LIMIT=, ARGS=)
	$(PLAY) ansible/site.yml $(if $(TAGS),--tags $(TAGS)) $(ARGS)

upgrade: deploy ## The same with a newer checkout: says which releases there are now, and which one runs
	$(call ON_HUB,release list)

rollback: .venv-deploy/.stamp ## Go back to the release before (RELEASE=: to that one)
	$(call ON_HUB,release rollback $(RELEASE))

restore: .venv-deploy/.stamp ## Go back to what BACKUP= holds, a file on the hub's machine
	$(call ON_HUB,restore $(or $(BACKUP),$(error name one: make restore BACKUP=/var/backups/berth/...)))

rotate: .venv-deploy/.stamp ## Give SECRET= a new value: proxy-token, cookie-secret, auth-state-key
	$(call ON_HUB,secrets rotate --restart $(or $(SECRET),$(error name one: make rotate SECRET=cookie-secret)))

smoke: .venv-deploy/.stamp ## Start, look at and stop every preset as AS=, an ordinary user; asks for the password
	$(PLAY) ansible/smoke.yml -e smoke_user=$(or $(AS),$(error name a user: make smoke AS=alice)) $(ARGS)

##### Running, checking, testing

.PHONY: demo
demo: setup-demo ## Start a hub on this machine: no root, no cluster
	$(BIN)/python scripts/demo.py

.PHONY: check
check: setup ## Style, types, floors, shell scripts, page templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	scripts/shell-files | xargs $(BIN)/shellcheck
	$(BIN)/djlint --quiet --lint templates

.PHONY: messages
messages: setup ## Bring the translations in hub_config/i18n up to date with what the sources say
	$(BIN)/python -m tests.i18n

# Most tests wait for something; what may run beside what is in tests/support/lanes.py. LANES=0: one after the other.
LANES ?= 3

.PHONY: test
test: setup ## Every test there is, in one run (root on Debian: starts a real Slurm); ARGS= goes to pytest
	$(PYTEST) -n $(LANES) --durations=15 $(ARGS)

.PHONY: test-unit
test-unit: setup ## The tests that need nothing but this checkout
	$(PYTEST) -m "not hub and not ldap and not edge and not cluster and not chaos and not browser and not deploy" $(ARGS)

.PHONY: test-contract test-hub test-ldap test-edge test-cluster test-chaos test-chromium test-browser test-deploy
test-contract: ## Every scheduler against one suite, on recorded output
test-hub: ## A real JupyterHub with its proxy
test-ldap: ## Logins against a real OpenLDAP (Debian)
test-edge: ## nginx, TLS, routes, services, metrics (root, Debian)
test-cluster: ## A real Slurm (root, Debian)
test-chaos: ## Whatever a hub depends on, broken on purpose (root, Debian)
test-chromium: ## The pages, in Chromium, on a hub without a cluster
test-browser: ## The pages, in Chromium, on a real Slurm (root, Debian)
test-deploy: ## Ansible on fresh Debian machines beside a Slurm cluster (root, Debian)
test-contract test-hub test-ldap test-edge test-cluster test-chaos test-chromium test-browser test-deploy: test-%: setup
	$(PYTEST) tests/$* $(ARGS)

.PHONY: bench
bench: setup ## Measure Berth beside a stock hub on a real Slurm (root, Debian; 40 minutes; BENCH=brief, BENCH=quick)
	$(BIN)/python -m bench $(if $(BENCH),--plan $(BENCH)) $(ARGS)

.PHONY: chaos
chaos: setup ## Break what a hub depends on, for Berth and a stock hub, and write docs/chaos.md (root, Debian; over an hour)
	$(BIN)/python -m tests.chaos $(ARGS)

.PHONY: screenshots
screenshots: setup ## Take the pictures of docs/images anew: a hub of its own, no root, no cluster (ARGS= names some)
	$(BIN)/python -m tests.screens $(ARGS)

.PHONY: docs
docs: setup ## Check that the documents' links lead somewhere
	$(PYTEST) tests/docs $(ARGS)
