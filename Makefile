# Two commands set a fresh machine up: `make run` and `make test`. Python 3.11 or newer is all they ask for.
PYTHON ?= python3
PORT ?= 7860
ARGS ?=
LANGUAGES ?=                    # 1: `make run` also brings what hears other languages than English (134 MB)
TURNS ?=                        # 1: `make run` also brings what hears whether somebody has finished (12 MB)
MINUTES ?= 60                   # of `make soak`
OUT ?= data/face_run            # of `make train`
TORCH_INDEX ?=                  # address of an index with CPU builds of torch; empty: the ordinary one
ATTUNE_DATASETS ?= ../shared/datasets
export ATTUNE_DATASETS
unexport PYTHONDONTWRITEBYTECODE# kept compiled, the tests are there 14 s of a core sooner in each process

BIN := .venv/bin
RUN_READY := .venv/.ready-run
LANGUAGES_READY := .venv/.ready-languages
TURNS_READY := .venv/.ready-turns
DEV_READY := .venv/.ready-dev
TRAIN_READY := .venv/.ready-train
NODE_READY := node_modules/.ready
NPX := node_modules/.bin
QUICK := not slow and not browser
ASIDE := tests/record tests/exports# these follow the browser, so that both processes take about as long
ASIDE_LOG := .pytest_cache/aside.log

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev vendor run test check format bench soak evaluate mutate train models screenshots demo docs chromium clean

help:  ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Attune needs Python 3.11 or newer; set PYTHON=")'
	$(PYTHON) -m venv .venv

$(RUN_READY): requirements.txt | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(LANGUAGES_READY): requirements-languages.txt $(RUN_READY)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-languages.txt
	@touch $@

$(TURNS_READY): requirements-turns.txt $(RUN_READY)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -r requirements-turns.txt
	@touch $@

$(DEV_READY): requirements-dev.txt $(RUN_READY) $(TURNS_READY)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

$(TRAIN_READY): requirements-train.txt $(DEV_READY)
	$(BIN)/pip install --quiet --disable-pip-version-check $(if $(strip $(TORCH_INDEX)),--extra-index-url $(TORCH_INDEX)) -r requirements-train.txt
	@touch $@

$(NODE_READY): package.json
	npm install --no-package-lock --no-audit --no-fund --silent
	@touch $@

setup: $(RUN_READY)  ## make the environment (.venv)

setup-dev: $(TRAIN_READY) $(NODE_READY) chromium  ## the environment for tests, training and the browser

vendor:  ## three.js for the companion's 3D head, where npm is there; without it the drawn face stays
	@[ -d node_modules/three ] || ! command -v npm >/dev/null 2>&1 || npm install --omit=dev --no-package-lock --no-audit --no-fund --silent || true

run: setup vendor $(if $(strip $(LANGUAGES)),$(LANGUAGES_READY)) $(if $(strip $(TURNS)),$(TURNS_READY))  ## set everything up and start the app on port 7860; LANGUAGES=1: to hear other languages than English too; TURNS=1: to end turns by their sound too
	$(if $(strip $(TURNS)),ATTUNE_TURN_ENGINE=$${ATTUNE_TURN_ENGINE:-turn_smart} )$(BIN)/python app.py --port $(PORT) $(ARGS)

chromium:  ## the browser the tests drive, installed when it is missing and this is root
	@command -v chromium >/dev/null 2>&1 || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-color-emoji >/dev/null; \
	  else \
	    echo "The browser tests need Chromium. Install it (Debian: sudo apt install chromium fonts-noto-color-emoji) and run this again."; exit 1; \
	  fi; }

test: setup-dev  ## set everything up and pass all tests, in two processes side by side
	@mkdir -p .pytest_cache
	@{ $(BIN)/python -m pytest tests/browser; shown=$$?; $(BIN)/python -m pytest $(ASIDE); stored=$$?; \
	  exit $$((shown ? shown : stored)); } >$(ASIDE_LOG) 2>&1 & aside=$$!; \
	trap "pkill -P $$aside; kill $$aside" INT TERM; \
	$(BIN)/python -m pytest --ignore=tests/browser $(ASIDE:%=--ignore=%); others=$$?; \
	echo "waiting for the tests in the browser and of $(ASIDE)"; wait $$aside; beside=$$?; cat $(ASIDE_LOG); \
	exit $$((others ? others : beside))

check: $(TRAIN_READY) $(NODE_READY)  ## format, lint, types, quick tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(NPX)/oxfmt --check pages/static
	$(NPX)/oxlint
	$(NPX)/tsc
	@$(BIN)/python -m core.commands.audit
	HYPOTHESIS_PROFILE=quick $(BIN)/python -m pytest -q -n auto -p no:schemathesis -m "$(QUICK)"

format: $(DEV_READY) $(NODE_READY)  ## put the code into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(NPX)/oxfmt pages/static

bench: setup-dev  ## latency and load tables, written to tests/benchmarks/results/
	$(BIN)/python -m tests.benchmarks.bench

soak: setup-dev  ## two sessions live for MINUTES while everything else happens to the server
	$(BIN)/python -m tests.benchmarks.soak --minutes $(MINUTES) $(ARGS)

evaluate: $(TRAIN_READY)  ## accuracy tables, written to tests/benchmarks/results/
	$(BIN)/python -m models.training.evaluate

mutate: $(DEV_READY)  ## change core/ by a little in 200 places, tell which no test notices; hours, may be stopped and goes on
	$(BIN)/python -m tests.mutation $(ARGS)

train: $(TRAIN_READY)  ## train the face model from the tables in ATTUNE_DATASETS into OUT; on a large GPU 7 minutes do
	$(BIN)/python -m models.training.pack_faces $(OUT)/faces.npz
	$(BIN)/python -m models.training.distil_face $(OUT)/faces.npz $(OUT) $(ARGS)

models: setup  ## table of engines
	@$(BIN)/python -m core.commands.models

demo: setup  ## make the synthetic session of the demo anew
	$(BIN)/python -m core.commands.demo

docs: $(DEV_READY)  ## the parts of docs/ and the types of the wire that are made of the code
	$(BIN)/python -m core.commands.docs
	$(BIN)/python -m core.commands.wire_types

screenshots: setup-dev  ## pictures of the page in demo mode
	$(BIN)/python -m core.commands.screenshots

clean:  ## remove what the above made
	rm -rf .venv node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis
