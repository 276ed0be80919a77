# Two commands do everything: `make demo` and `make test`. `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help setup toolchains setup-train demo stop train-demo test lint format bench serve doctor up down openapi clean

BIN := .venv/bin

help:  ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/' | expand -t 16

setup: .venv/.ready  ## Set up the virtual environment and the system packages (done by the others as needed)

.venv/.ready: pyproject.toml clients/python/pyproject.toml constraints.txt scripts/setup
	@scripts/setup
	@touch $@

toolchains: setup  ## Install the compilers and runtimes that programs may be written for
	@scripts/toolchains

setup-train: .venv/.ready-train  ## Set up the trainer as well: torch and transformers (done by the others as needed)

.venv/.ready-train: .venv/.ready clients/grpo/pyproject.toml
	@scripts/setup train
	@touch $@

demo: setup  ## Start the service, grade a bundled set of completions, print rewards and reasons
	@$(BIN)/python -m examples.demo

stop:  ## Stop the service that the demo left running
	@$(BIN)/python -m examples.demo stop

train-demo: setup-train  ## Train a tiny policy with GRPO against the service: no download, CPU (ARGS="1 2 3" for three seeds)
	@$(BIN)/python -m examples.train_demo $(ARGS)

test: setup-train  ## Run the tests
	@$(BIN)/python -m pytest -n auto --dist loadgroup $(ARGS)

lint: setup-train  ## Check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright
	@$(BIN)/pyright -p clients/grpo

format: setup  ## Format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: setup benchmarks/.venv/.ready  ## Run the benchmarks, on the data in $$BENCH_DATA (ARGS="throughput" for one)
	@MATH_VERIFY_PYTHON=benchmarks/.venv/bin/python $(BIN)/python -m benchmarks $(ARGS)

# What we are measured against lives in an environment of its own.
benchmarks/.venv/.ready: benchmarks/peers.txt
	@$(BIN)/python -m venv benchmarks/.venv
	@benchmarks/.venv/bin/python -m pip install -qq --requirement benchmarks/peers.txt
	@touch $@

serve: setup  ## Serve on http://127.0.0.1:8000 (ARGS="--port 9000" for other flags)
	@$(BIN)/verifier serve $(ARGS)

doctor: setup  ## Say what works on this machine
	@$(BIN)/verifier doctor

# Compose is a plugin of newer clients, and a command of its own beside older ones.
COMPOSE = $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)
REPLICAS ?= 1

up:  ## Build the images and serve from containers, behind a balancer (REPLICAS=3 for more)
	@deploy/build
	@$(COMPOSE) up -d --no-build --scale verifier=$(REPLICAS)
	@echo "serving on http://$${PUBLISH:-127.0.0.1:8000}; make down ends it"

down:  ## End what `make up` started
	@$(COMPOSE) down

openapi: setup  ## Write docs/openapi.json anew
	@$(BIN)/python -m scripts.openapi

clean:  ## Remove the virtual environment and caches
	@rm -rf .venv benchmarks/.venv benchmarks/out .pytest_cache .ruff_cache .hypothesis
