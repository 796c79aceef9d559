# Every target installs what it needs into .venv/. Data and keys are in var/.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
PARALLEL := $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder
ATTACKS := tests/timers/test_sweep_queries.py tests/timers/test_disturbed.py tests/timers/test_races.py \
  tests/faults/test_killed_workers.py

.PHONY: demo test test-all test-rest attacks run bench mutants lint openapi structure examples docs lock format clean

demo: $(READY)  ## run the demonstration, from end to end, over real HTTP
	$(BIN)/referrals demo

test: $(READY)  ## run what is not marked `long`, in about a quarter of an hour on two quiet cores
	$(PARALLEL) -m "not long"

test-all: $(READY)  ## run all tests, in about an hour on two quiet cores
	$(PARALLEL)

test-rest: $(READY)  ## run all tests but those of `make attacks`; CI runs both, so no test twice
	$(PARALLEL) $(ATTACKS:%=--ignore=%)

attacks: $(READY)  ## attack the clocks in full size: a million pending, ten thousand due while workers are killed
	FULL=1 $(BIN)/pytest -q $(ATTACKS)

run: $(READY)  ## start the service and keep it running, with ready-made credentials
	$(BIN)/referrals run

bench: $(READY)  ## measure against lower bounds, in five minutes; QUICK=1 for a short run
	$(BIN)/python -m benchmarks

mutants: $(READY)  ## break the pure modules one line at a time and list the changes that no test notices; slow
	CI=1 $(BIN)/mutmut run --max-children 2
	$(BIN)/mutmut results

lint: $(READY)  ## check style, types and import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

openapi: $(READY)  ## write the OpenAPI document from the code
	$(BIN)/referrals openapi > openapi/openapi.json.new
	mv openapi/openapi.json.new openapi/openapi.json

structure: $(READY)  ## write the structure that the migrations create, for the health check
	$(BIN)/referrals structure > service/structure.json.new
	mv service/structure.json.new service/structure.json

examples: $(READY)  ## record a case and write the examples of the OpenAPI document from it
	RECORD_EXAMPLES=1 $(BIN)/pytest -q tests/contract/test_examples.py -k recorded

docs: $(READY)  ## print the state diagrams and the permission matrix from the code's tables
	$(BIN)/referrals tables

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(READY)  ## compile the hashed requirement files from pyproject.toml
	$(BIN)/uv --version >/dev/null 2>&1 || $(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-annotate pyproject.toml -o requirements/runtime.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-annotate --extra dev pyproject.toml -o requirements/dev.txt

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed") if sys.version_info < (3, 11) else 0'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

clean:
	rm -rf .venv var build mutants *.egg-info
