# Bifocal: `make demo` serves the demo company, `make test` runs every check and test.
PY ?= python3
BIN := .venv/bin
STAMP := .venv/.installed-$(shell cat requirements/base.lock requirements/dev.lock 2>/dev/null | cksum | cut -d' ' -f1)
DEMO_STAMP := .venv/.base-$(shell cat requirements/base.lock 2>/dev/null | cksum | cut -d' ' -f1)
DIST := src/bifocal/front/static/dist/.vite/manifest.json
ES := src/bifocal/front/locale/es/LC_MESSAGES/django
FRONT := $(shell find frontend -path frontend/node_modules -prune -o -type f -print 2>/dev/null)
PORT ?= 8000
.PHONY: demo demo-reset test check soak bench lock front fmt wheel openapi messages screenshots

demo: $(DEMO_STAMP) $(DIST) $(ES).mo
	$(BIN)/bifocal demo --port $(PORT)

demo-reset: $(DEMO_STAMP) $(DIST) $(ES).mo
	$(BIN)/bifocal demo --reset --port $(PORT)

.venv/bin/python:
	$(PY) -m venv .venv || { echo "bifocal: python3 has no venv; on Debian: apt-get install python3-venv"; exit 2; }

$(DEMO_STAMP): .venv/bin/python requirements/base.lock
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/base.lock
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(STAMP): $(DEMO_STAMP) requirements/dev.lock
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@touch $@

$(DIST): $(FRONT) | $(DEMO_STAMP)
	sh frontend/build.sh $(BIN)

$(ES).mo: $(ES).po | $(DEMO_STAMP)
	$(BIN)/pybabel -q compile -D django -d src/bifocal/front/locale

front: ; rm -f $(DIST); $(MAKE) $(DIST) $(ES).mo

check: $(STAMP) $(DIST) $(ES).mo
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports
	sh frontend/check.sh
	$(BIN)/python -m pytest tests/house -n 2

test: check
	$(BIN)/python tests/chromium.py
	$(BIN)/python -m pytest tests -n 2 --dist loadgroup --ignore tests/house

soak: $(STAMP) $(DIST)
	BIFOCAL_SAMPLES=soak $(BIN)/python -m pytest tests/test_sequences.py tests/test_progress_billing.py tests/test_cpm_days.py tests/test_cpm.py tests/test_lib.py -n 2

bench: $(STAMP) $(DIST)
	$(BIN)/python benchmarks/run.py

messages: $(STAMP)
	$(BIN)/python tests/catalogue.py

openapi: $(STAMP)
	$(BIN)/python tests/openapi.py > docs/reference/openapi.json

screenshots: $(STAMP) $(DIST)
	$(BIN)/python docs/screenshots.py

fmt: $(STAMP)
	$(BIN)/ruff check --fix src tests benchmarks; $(BIN)/ruff format src tests benchmarks

lock:
	$(BIN)/pip install -q uv
	for f in base dev node; do $(BIN)/uv pip compile -q --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 requirements/$$f.in -o requirements/$$f.lock; done

wheel: $(DEMO_STAMP) $(DIST) $(ES).mo
	$(BIN)/pip wheel -q --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .
