# Two commands do all the set-up: `make demo` and `make test`. Everything lives in .venv/ and var/.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: demo test run bench mutants lint openapi structure examples docs lock format clean

demo: $(READY)  ## the whole story, end to end, over real HTTP
	$(BIN)/referrals demo

test: $(READY)  ## all tests, against a PostgreSQL that the run starts itself
	$(BIN)/pytest -n 2 --dist loadfile

run: $(READY)  ## the service, staying up, with ready-made credentials
	$(BIN)/referrals run

bench: $(READY)  ## measure side by side with what cannot be beaten, five minutes; QUICK=1 for a look
	$(BIN)/python -m benchmarks

mutants: $(READY)  ## break the pure modules one line at a time and list what no test notices; slow
	CI=1 $(BIN)/mutmut run --max-children 2
	$(BIN)/mutmut results

lint: $(READY)  ## style, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

openapi: $(READY)  ## write the OpenAPI document from the code
	$(BIN)/referrals openapi > openapi/openapi.json.new
	mv openapi/openapi.json.new openapi/openapi.json

structure: $(READY)  ## write what the migrations make, with which the watch compares the database
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
