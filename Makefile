# Portal KLA. `make` alone lists what there is to do.
.DEFAULT_GOAL := help
.PHONY: help demo test test-all lint fmt bench lock clean
PYTHON := .venv/bin/python

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## The portal with a demo city on this machine, until Ctrl-C (PORT=8000)
	@scripts/bootstrap run
	@exec $(PYTHON) -m scripts.demo

test: ## All tests: units on SQLite and PostgreSQL, journeys in Chromium; starts and stops its own servers
	@scripts/bootstrap test
	@exec $(PYTHON) -m scripts.test

test-all: ## The same, with the tests that take longer
	@scripts/bootstrap test
	@exec $(PYTHON) -m scripts.test --slow

lint: ## Every check that needs no running server
	@scripts/bootstrap test
	@exec $(PYTHON) -m scripts.lint

fmt: ## Format Python and templates
	@scripts/bootstrap test
	@.venv/bin/ruff format --quiet .
	@.venv/bin/ruff check --fix --quiet .
	@git ls-files -z --cached --others --exclude-standard 'templates/*.html' | xargs -0 --no-run-if-empty .venv/bin/djade --target-version 5.2 || true

bench: ## Speed as ratios against the bare minimum, in one run
	@scripts/bootstrap test
	@exec $(PYTHON) -m benchmarks.run

lock: ## Write requirements*.txt from requirements*.in (UPGRADE=1 takes newer versions)
	@scripts/bootstrap test
	@scripts/lock $(if $(UPGRADE),--upgrade)

clean: ## Remove caches; keeps var/ (the demo's data) and .venv
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
