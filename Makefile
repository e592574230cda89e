# Everything here makes .venv and what else it needs by itself.
.DEFAULT_GOAL := help
PICTURE ?= examples/penguin.png
OUT ?= out
BIN := .venv/bin
# The variable silences an advertisement of the theme.
MKDOCS = NO_MKDOCS_2_WARNING=1 PYTHONPATH=. $(BIN)/mkdocs build --strict
# Tests that need little of the machine run on all cores; those that kill servers and wait for them have it for
# themselves.
SHARED := tests/unit tests/contract $(addprefix tests/integration/,gateway matting packaging rpc startframe storage)
ALONE := $(filter-out $(SHARED),$(patsubst %/,%,$(wildcard tests/integration/*/))) tests/studio tests/e2e tests/chaos

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: .venv/local ## Make a set of emoji from PICTURE (default: the penguin) into OUT (default: out)
	$(BIN)/popcon make "$(PICTURE)" --out "$(OUT)"

up: .venv/local ## Run the whole of popcon here until Ctrl-C
	$(BIN)/popcon up

test: .venv/dev test-system ## Run the tests (may apt-get what they need, saying so)
	$(BIN)/pytest $(SHARED) -m "not gpu and not full" -n logical --dist loadfile
	$(BIN)/pytest $(ALONE) -m "not gpu and not full" --durations 25

test-full: .venv/dev test-system ## Run the tests with their long forms
	$(BIN)/pytest $(SHARED) -m "not gpu" -n logical --dist loadfile
	$(BIN)/pytest $(ALONE) -m "not gpu"

chaos: .venv/dev test-system ## Run all chaos tests, then break a real stack 200 times while it works
	$(BIN)/pytest tests/chaos -m "not gpu"
	$(BIN)/python scripts/chaos.py --injections 200 --postgres

load: .venv/dev test-system ## Measure what the control plane carries, and what it does with more; figures go to bench/results
	$(BIN)/python -m bench.load

soak: .venv/dev test-system ## Ten minutes of work while something is killed every ten seconds
	$(BIN)/python -m bench.load.soak --rate 35

fuzz: .venv/dev test-system ## Ask the whole API at random, upload 50,000 files that lie; figures go to bench/results
	$(BIN)/python scripts/fuzz_api.py
	$(BIN)/python -m scripts.fuzz_pictures

lint: .venv/dev ## Check style, types, the rules of the house and the contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/buf lint proto
	scripts/check_breaking.sh
	scripts/generate_proto.sh --check
	$(BIN)/python scripts/check_openapi.py
	$(MKDOCS) --quiet --site-dir "$$(mktemp -d)"

bench: .venv/dev ## Measure the pipeline, the packs and the puppet; figures go to bench/results
	$(BIN)/python bench/pipeline.py
	$(BIN)/python bench/packs.py
	$(BIN)/python -m bench.artist

docs: .venv/docs ## Build the documentation into site/; broken links fail it
	$(MKDOCS)

proto: .venv/dev ## Generate popcon/v1 from proto/
	scripts/generate_proto.sh

test-system:
	@scripts/test_system.sh

.venv/local .venv/docs .venv/dev: pyproject.toml constraints.txt
	@scripts/install.sh $(notdir $@)

.PHONY: help demo up test test-full chaos fuzz load soak lint bench docs proto test-system
