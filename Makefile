# Stockturn: `make demo` and `make test` are all a newcomer needs; `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
# Named on the command line only (make demo SITE=there): the environment may name a real site.
SITE := demo-site
bin := .venv/bin
stamps := .venv/.stamps

report_packages := libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
test_packages := chromium default-jre-headless poppler-utils nginx-light

.PHONY: help setup demo test acceptance check format bench ui lock clean

help: ## What can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

setup: $(stamps)/python $(stamps)/report ## Virtual environment and system libraries, where they are missing

demo: setup ## The main job on a sample group: extracts, ledger, metrics, PDF
	$(bin)/stockturn demo --site $(SITE)

test: setup $(stamps)/test ## Every test but the large cases, the browser's and Spark's among them
	$(bin)/pytest $(side_by_side)

# What some hundred children import is compiled once.
unexport PYTHONDONTWRITEBYTECODE

# Three on two cores: one often waits for a server or a child; a fourth gains nothing.
side_by_side := -n 3 --dist loadfile --no-loadscope-reorder

acceptance: setup $(stamps)/test ## The large cases, and every law with more examples (SEED=n: new ones)
	$(bin)/pytest $(side_by_side) --acceptance $(if $(WITHIN),--within $(WITHIN)) $(if $(SEED),--hypothesis-seed $(SEED))

check: setup ## Lint, format, types, import direction, SQL, spelling
	$(bin)/ruff check
	$(bin)/ruff format --check
	$(bin)/pyright
	$(bin)/lint-imports
	$(bin)/sqlfluff lint sql
	$(bin)/typos

format: setup ## Let the formatters write
	$(bin)/ruff check --fix
	$(bin)/ruff format
	$(bin)/sqlfluff fix sql

bench: setup ## Speed and memory against the floor and against pandas (BENCH_ROWS=10000000 for the large one, BENCH_BASE=<commit> beside another build)
	$(bin)/python -m benchmarks.run

ui: setup ## Dagster on the site: its graph, runs and backfills
	$(bin)/stockturn ui --site $(SITE)

lock: setup ## Resolve the dependencies anew: everything here, what runs alone under deploy/
	@mkdir -p build
	$(bin)/python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['dependency-groups']['dev'], sep='\n')" > build/dev.in
	$(bin)/pip-compile $(lock_options) --extra spark --output-file requirements.lock pyproject.toml build/dev.in
	sed -E 's/^([A-Za-z0-9_.-]+)\[.*\]==/\1==/' requirements.lock > build/pins.txt
	$(bin)/pip-compile $(lock_options) --no-annotate --constraint build/pins.txt --output-file deploy/requirements.lock pyproject.toml

# Hashes say what a package is; where it comes from is each machine's own configuration.
lock_options := --quiet --generate-hashes --no-header --no-emit-options --no-emit-index-url --no-emit-find-links \
	--no-emit-trusted-host --no-strip-extras --allow-unsafe --annotation-style=line

clean: ## Remove what can be made again (not the sites)
	rm -rf .venv build dist .pytest_cache .ruff_cache .hypothesis benchmarks/work

$(stamps)/python: requirements.lock pyproject.toml .ci/venv
	@PYTHON=$(PYTHON) bash .ci/venv
	@mkdir -p $(stamps) && touch $@

$(stamps)/report: .ci/need | $(stamps)/python
	@bash .ci/need $(report_packages)
	@touch $@

$(stamps)/test: .ci/need | $(stamps)/python
	@bash .ci/need $(test_packages)
	@touch $@
