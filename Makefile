# Development of the extension. Needs Python 3.10 or newer with its venv module; everything else comes from the lock.
#
#   PYTHON=python3.12   another interpreter than the first python3 on PATH
#   SALT=3006           an older line of Salt (3006 or 3007), in a virtual environment of its own
#   ARGS="-x -k vlan"   more arguments for pytest

PYTHON ?= python3
SALT ?=
ARGS ?=

line := $(if $(SALT),-$(SALT))
lock := requirements/lock$(line).txt
venv ?= .venv$(line)
python := $(venv)/bin/python
stamp := $(venv)/complete
locks := $(patsubst %.in,%.txt,$(wildcard requirements/lock*.in))
# The longest first.
layers := functional integration gateway unit contract
# A browser is 120 MB to fetch, so that its layer is run by itself.
layer_targets := $(addprefix test-,$(layers) page)

.DEFAULT_GOAL := help
.PHONY: help setup test $(layer_targets) gateway-tools browser-tools test-salt test-matrix test-ansible chaos lint audit changelog dist site demo demo-lab demo-takeover bench coverage docs lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / { printf "make %-16s  %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@sed -n 's/^#   /  /p' $(firstword $(MAKEFILE_LIST))

setup: $(stamp) ## Make the virtual environment from the lock (nothing to do when it is up to date)

# --no-deps: the lock is complete, and leaves out timelib, which needs a C compiler and which Salt can do without.
$(stamp): $(lock)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo 'This needs Python 3.10 or newer: make $(MAKECMDGOALS) PYTHON=/path/to/python3' >&2; exit 1; }
	$(PYTHON) -m venv --clear $(venv)
	$(python) -m pip install --quiet --disable-pip-version-check --no-deps --requirement $(lock)
	$(python) -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "checkout.pth").write_text("$(CURDIR)\n")'
	@touch $@

$(lock):
	@echo 'There is no lock for Salt $(SALT), only: $(locks)' >&2; exit 1

# They wait for daemons, guests and clocks for a third of their time, so that three of them keep two cores busy.
test: $(stamp) ## Run all tests, three layers at a time
	$(MAKE) --jobs=3 --keep-going --output-sync=target $(addprefix test-,$(layers))

test-unit: ## Rules and rendering: no server, no Salt that runs
test-functional: ## Salt's loader in this process against the embedded OpenNebula
test-integration: ## A real master and minion
test-contract: ## The embedded OpenNebula against recorded conversations
test-gateway: gateway-tools ## The inside of a gateway, with packets in network namespaces (as root)
test-page: browser-tools ## The page of a cloud in a browser without a window
$(layer_targets): test-%: $(stamp)
	$(python) -m pytest tests/$* $(ARGS)

# Debian's packages ($2), where one of the programs ($1) is missing and that is possible; one at a time, since apt-get
# fails while another one works. The tests say what is still missing.
define fetched
	@for tool in $(1); do \
		PATH="$$PATH:/usr/sbin:/sbin" command -v $$tool > /dev/null || missing=yes; \
	done; \
	if [ "$$missing" ] && [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then ( \
		flock 9; \
		apt-get update -qq; \
		DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends $(2); \
	) 9< $(firstword $(MAKEFILE_LIST)); fi; true
endef

gateway-tools:
	$(call fetched,ip nft dnsmasq udhcpc networkctl netplan dbus-daemon,\
		iproute2 nftables dnsmasq-base udhcpc systemd netplan.io dbus-daemon)

# 240 MB where there is nothing yet; a minute.
browser-tools:
	$(call fetched,chromium chromedriver,chromium chromium-driver fonts-dejavu-core)

test-salt: ## The functional layer on the older lines of Salt, and their own driver for OpenNebula
	$(MAKE) test-functional SALT=3007
	$(MAKE) test-functional SALT=3006
	.venv-3007/bin/python -m pytest tests/clients/test_salt_cloud.py

test-matrix: ## Unit, functional and a smoke integration on each Salt and Python that is there; a table at the end
	$(PYTHON) tools/matrix.py $(ARGS)

# ansible holds 550 MB, which nothing else here needs.
test-ansible: ## Ansible's modules for OpenNebula against the embedded OpenNebula
	$(MAKE) setup line=-ansible
	.venv-ansible/bin/python -m pytest --confcutdir tests/clients tests/clients/test_ansible.py $(ARGS)

# MUTATIONS: how many pillars; some 15 a second.
chaos: $(stamp) ## Disturb every write of long stories, and mutate the example pillar thousands of times
	$(python) tools/chaos.py
	EVERY=1 $(python) -m pytest -q tests/functional/test_interruption.py tests/functional/test_vms_interrupted.py \
		tests/functional/test_twins.py $(ARGS)
	MUTATIONS=$${MUTATIONS:-4000} $(python) -m pytest -q tests/functional/test_mutated_pillars.py $(ARGS)

lint: $(stamp) ## Check Python, its types, SLS and YAML
	$(python) -m ruff check .
	$(python) -m mypy
	$(venv)/bin/salt-lint $$(find salt pillar -name '*.sls')
	$(venv)/bin/yamllint --strict .
	$(python) -m bandit --quiet --recursive --configfile pyproject.toml salt src
	$(venv)/bin/towncrier build --draft --version next > /dev/null
	$(venv)/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml

# pip-audit has a virtual environment of its own. It asks PyPI over the network, so that it is no part of lint;
# --strict: a package that it could not ask about is an error.
audit: ## Look for known vulnerabilities in the locked dependencies (needs the network)
	$(MAKE) setup line=-audit
	for lock in $(locks); do \
		.venv-audit/bin/pip-audit --strict --no-deps --disable-pip --requirement $$lock || exit 1; \
	done

changelog: $(stamp) ## Show what the next release's part of CHANGELOG.md will say
	@$(venv)/bin/towncrier build --draft --version next

dist: $(stamp) ## Build wheel and sdist into dist/ and check them
	rm -rf dist
	$(python) -m build --no-isolation --outdir dist .
	$(python) -m twine check --strict dist/*

# Sphinx has a virtual environment of its own; the reference is written by the one that has Salt.
site: $(stamp) ## Build the documentation site into build/site
	$(MAKE) setup line=-docs
	$(python) tools/reference.py docs/reference
	.venv-docs/bin/python -m sphinx -W --keep-going -b html docs build/site

demo: $(stamp) ## Show the main job: from a pillar edit to isolated networks
	$(python) tools/demo.py

demo-lab: $(stamp) ## Show labs: built, reset, rebuilt on a newer image, and a nightly pipeline
	$(python) tools/demo_lab.py

demo-takeover: $(stamp) ## Show a cloud that exists taken over: exported, adopted, a drift and a hole found
	$(python) tools/demo_takeover.py

bench: $(stamp) ## Measure calls, time and memory
	$(python) tools/bench.py
	$(python) tools/bench_campaign.py
	$(python) tools/bench_takeover.py
	$(python) tools/bench_scale.py

# ENDPOINT, ONE_PASSWORD: which cloud, and oneadmin's password there.
coverage: $(stamp) ## Try every argument of every kind on a cloud: ENDPOINT=http://localhost:2633/RPC2
	@[ "$(ENDPOINT)" ] || { echo 'Say which cloud: make coverage ENDPOINT=http://localhost:2633/RPC2' >&2; exit 1; }
	$(python) tools/coverage.py --endpoint "$(ENDPOINT)" $(ARGS)

docs: $(stamp) ## Write what is made from something else: docs/pillar/, rights.md, coverage.md, pictures
	$(python) tools/pillar.py
	$(python) tools/rights.py
	$(python) tools/coverage.py
	$(python) tools/figures.py

# Universal: one file holds for every system and every Python from 3.10 on.
lock: ## Resolve the requirements anew into the lock files
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip install --quiet --disable-pip-version-check --upgrade uv
	for lock in $(basename $(locks)); do \
		.venv-lock/bin/uv pip compile --quiet --upgrade --universal --python-version 3.10 --no-python-downloads \
			--no-emit-package timelib --custom-compile-command 'make lock' --output-file $$lock.txt $$lock.in || exit 1; \
	done

clean: ## Remove what was built, virtual environments too
	rm -rf .venv* build dist docs/reference src/*.egg-info onesim/build onesim/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
