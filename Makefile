# The commands; README says what each is for.
.PHONY: run test check bench lint lock clean
.DEFAULT_GOAL := run

PYTHON_VENV := .venv/bin/python
MANAGE := $(PYTHON_VENV) manage.py
CLEAN_PLACE := $(PYTHON_VENV) -m tests.servers
# Three to two cores, since some tests wait.
PYTEST := $(PYTHON_VENV) -m pytest -n 3 --dist loadfile --no-loadscope-reorder

run: export DEMO := 1
run: export DATA_DIR ?= var
run: export PORT ?= 8000
run:
	@.ci/install run
	@exec setpriv --pdeathsig TERM $(MANAGE) serve --prepare  # stops when make is killed

test:
	@.ci/install test
	@$(MAKE) --no-print-directory lint
	@echo "== all tests on SQLite and the embedded broker"
	$(CLEAN_PLACE) $(PYTEST) -m "not postgres_only"
	@echo "== all but the browser's on PostgreSQL and Redis"
	$(CLEAN_PLACE) --postgres --redis $(PYTEST) -m "not browser and not sqlite_only and not once"

check:
	@.ci/install test
	@$(MAKE) --no-print-directory lint
	$(CLEAN_PLACE) $(PYTEST) --no-migrations \
		-m "not browser and not process and not slow and not postgres_only"

# Ratios, for README; on a machine that has nothing else to do. BENCH=full adds a million orders.
bench:
	@.ci/install test
	@$(CLEAN_PLACE) --postgres --redis $(PYTHON_VENV) -m tests.bench

lint:
	$(PYTHON_VENV) -m ruff check
	$(PYTHON_VENV) -m ruff format --check
	$(PYTHON_VENV) -m djlint --lint --quiet templates
	$(PYTHON_VENV) -m mypy
	$(CLEAN_PLACE) $(MANAGE) check
	$(CLEAN_PLACE) $(MANAGE) makemigrations --check --dry-run

# Keeps the pins that still fit; `make lock UPGRADE=--upgrade` takes the newest.
LOCK := $(PYTHON_VENV) -m uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-header --no-emit-index-url $(UPGRADE)
lock:
	@.ci/install test
	$(LOCK) requirements.txt -o requirements.lock
	$(LOCK) requirements-dev.txt -c requirements.lock -o requirements-dev.lock

clean:  # not var/, which holds the data
	rm -rf .venv .pytest_cache .hypothesis .ruff_cache .mypy_cache test-results
	find . -name __pycache__ -prune -exec rm -rf {} +
