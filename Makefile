# One command for each daily act; `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help demo clean-demo test setup check lint types floors format unit explore bench-ingest bench-kill bench-portal bench-slow bench-scans bench-analytics score doctor lock messages clean
PORT ?= 8000
SETUP = python3 ops/setup/bootstrap.py
BIN = .venv/bin

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/  make \1|\2/' | column -t -s '|'

demo: ## set up and start everything with demo data (PORT=8000); Ctrl-C stops it
	@$(SETUP) demo --port $(PORT)
	@exec $(BIN)/panhuo demo --port $(PORT)

clean-demo: ## forget the demo's data
	@$(SETUP) demo
	@$(BIN)/panhuo demo --forget

test: ## set up, then lint, types, floors and the whole suite on real parts
	@$(SETUP) test
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m pytest -n 3 --dist worksteal

setup: ## set up this checkout for development
	@$(SETUP) develop

check: lint types floors ## everything that reads the code without running it

lint: ## ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: ## mypy, strict
	@$(BIN)/mypy

floors: ## each room imports only from the floors below it
	@$(BIN)/lint-imports --no-logo

format: ## let ruff format and mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

unit: ## the suite without lint, stopping at the first failure
	@$(BIN)/python -m pytest -x

explore: ## the property tests on inputs nobody has tried, twenty times as many as in `make test`
	@$(SETUP) test
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m hypothesis --hypothesis-profile=explore

bench-ingest: ## readings a second end to end, as a ratio to binary COPY
	@$(SETUP) develop
	@$(BIN)/python -m bench.ingest

bench-kill: ## kill -9 the collector in the middle of a million readings; each must be stored once
	@$(SETUP) develop
	@$(BIN)/python -m bench.kill

bench-portal: ## pages over a million cards with 20 people at work, and against their bare SQL
	@$(SETUP) develop
	@$(BIN)/python -m bench.portal

bench-slow: ## pages beside 500 slow sockets, as a ratio to the same without
	@$(SETUP) develop
	@$(BIN)/python -m bench.slow

bench-scans: ## 20 guns at 5 scans a second, and 5,000 scans over a bad network: each once
	@$(SETUP) develop
	@$(BIN)/python -m bench.scans

bench-analytics: ## arrays to facts for 1,000 assets, against hmmlearn, pandas and binary COPY (ARGUMENTS=--peers installs them)
	@$(SETUP) develop
	@$(BIN)/python -m bench.analytics $(ARGUMENTS)

score: ## judgement against the truth of hard worlds and real rooms (SEEDS="1001 1002", JOBS=1, TUNING=1)
	@$(SETUP) develop
	@$(BIN)/python -m bench.score $(SEEDS) --jobs $(or $(JOBS),1)

doctor: ## check every part and say how to mend it
	@$(BIN)/panhuo doctor

lock: ## resolve the locks anew after pyproject.toml changed
	@$(BIN)/python ops/setup/lock.py

messages: ## collect the portal's strings for translation
	@$(BIN)/python -m portal.messages collect

clean: ## remove what the set-up made in this checkout
	rm -rf .venv node_modules portal/static/vendor var
