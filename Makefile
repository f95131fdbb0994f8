# Deep Learning, Derived. `make help` lists what there is.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
NOTEBOOKS ?=
ONLY ?=
FOLDER ?=
SOLUTIONS ?= yes

# One BLAS thread, so that sums are added in the same order everywhere; no progress bars in stored outputs.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export TQDM_DISABLE := 1
# Packages found by name, never through the caller's settings.
export PYTHONPATH :=
export JUPYTER_PLATFORM_DIRS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_USER := 0
export PATH := $(abspath $(BIN)):$(PATH)

PIP := $(BIN)/python -m pip install --quiet
# A slip of the pen must not publish the solutions.
$(if $(filter yes no,$(SOLUTIONS)),,$(error SOLUTIONS is '$(SOLUTIONS)'. Expected yes or no))
SITE := _build/html$(if $(filter no,$(SOLUTIONS)),-without-solutions)
say = @printf '\033[1m== %s\033[0m\n' "$(1)"

.PHONY: help
help:  ## List the targets (this page)
	@printf 'Deep Learning, Derived: every formula derived, confirmed and re-checked.\n\n'
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  \033[1mmake %-11s\033[0m %s\n", $$1, $$2}' Makefile
	@printf '\nBoth commands to begin with, make book and make test, install what they need into $(VENV).\n'
	@printf 'On Linux without a GPU: export PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu first.\n'

# --- set-up: each step installs on top of the one before and runs again only when its list of packages changes ---------

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit(f"Python 3.11 or newer is needed, $(PYTHON) is {sys.version.split()[0]}. Name another with: make PYTHON=python3.12 ...")'
	$(call say,Creating $(VENV))
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --upgrade pip
	@touch $@

$(VENV)/.book: $(VENV)/.python requirements/book.txt requirements/constraints.txt package-lock.json
	$(call say,Installing what builds the book (about a minute))
	@$(PIP) -r requirements/book.txt
	@npm ci --silent --no-audit --no-fund
	@touch $@

$(VENV)/.notebooks: $(VENV)/.book requirements.txt pyproject.toml
	$(call say,Installing what runs the notebooks (PyTorch among it: minutes))
	@$(PIP) -r requirements.txt
	@$(PIP) --no-deps --editable .
	@touch $@

$(VENV)/.assignments: $(VENV)/.notebooks requirements/assignments.txt
	$(call say,Installing what makes the assignments)
	@$(PIP) -r requirements/assignments.txt
	@touch $@

$(VENV)/.test: $(VENV)/.assignments requirements/test.txt
	$(call say,Installing what runs the tests)
	@$(PIP) -r requirements/test.txt
	@touch $@

# --- the two main commands ----------------------------------------------------------------------------------------------

.PHONY: book
book: $(VENV)/.book  ## Build the site into _build/html, from the stored outputs (SOLUTIONS=no for a class)
	@$(BIN)/python -m tools.notebooks publishable
ifeq ($(SOLUTIONS),no)
	$(call say,Building the site without the worked solutions)
	@$(BIN)/python -m tools.without_solutions
else
	$(call say,Building the site)
	@$(BIN)/jupyter-book build . --warningiserror --keep-going --nitpick
endif
	@printf 'The site: $(SITE)/index.html (make serve$(if $(filter no,$(SOLUTIONS)), SOLUTIONS=no) shows it)\n'

.PHONY: test
test: $(VENV)/.test book  ## Check everything: units, notebooks, structure, site in a browser, launching
	$(call say,1/5 Style)
	@$(BIN)/ruff check .
	$(call say,2/5 Units and structure)
	@$(BIN)/pytest -n 2 tests/assignments tests/check tests/toolbox tests/project tests/notebooks
	$(call say,3/5 Every notebook cell by cell (nbval; each stored output must come out again))
	@PYTHONPATH='$(CURDIR)/tests/offline' $(BIN)/pytest --nbval --nbval-current-env -n 2 --dist loadscope -p no:cacheprovider $$($(BIN)/python -m tools.notebooks list)
	$(call say,4/5 The site in a browser)
	@$(BIN)/python -m tools.browser --install
	@$(BIN)/pytest -n 2 --dist loadscope tests/site
	$(call say,5/5 Launching as Colab and Binder do)
	@$(BIN)/pytest -v tests/launch
	@printf '\033[1mAll checks passed.\033[0m\n'

# --- working on the course ----------------------------------------------------------------------------------------------

.PHONY: notebooks
notebooks: $(VENV)/.notebooks  ## Execute every notebook and store its outputs (NOTEBOOKS=01 for some)
	@$(BIN)/python -m tools.notebooks execute $(NOTEBOOKS)

.PHONY: assignments
assignments: $(VENV)/.assignments  ## Make the notebooks that students open from the worked solutions
	@$(BIN)/python -m tools.assignments

.PHONY: course
course: $(VENV)/.assignments  ## Make an nbgrader course, to hand out and mark (FOLDER=../spring)
	@[ -n "$(FOLDER)" ] || { echo 'Name a folder outside this one: make course FOLDER=../spring' >&2; exit 1; }
	@$(BIN)/python -m tools.assignments --course "$(FOLDER)"

.PHONY: lab
lab: $(VENV)/.notebooks  ## Open the notebooks in JupyterLab
	@$(BIN)/jupyter lab --notebook-dir=notebooks

.PHONY: serve
serve: book  ## Build the site and serve it on localhost (PORT=8000)
	@$(BIN)/python -c 'import socket; socket.create_server(("127.0.0.1", $(PORT)))' 2> /dev/null || \
	    { echo 'Port $(PORT) cannot be used. Choose another: make serve PORT=8001' >&2; exit 1; }
	@$(BIN)/python -m http.server --bind 127.0.0.1 --directory $(SITE) $(PORT)

.PHONY: bench
bench: $(VENV)/.$(if $(filter site,$(ONLY)),test,notebooks)  ## Measure times and write the result files that pages read (ONLY=char_lstm for some, ONLY=site)
	@$(BIN)/python -m tools.bench $(ONLY)

.PHONY: proofs
proofs: $(VENV)/.notebooks  ## List anew what notebooks and tests assert, pages say, and the bank holds (read the diff)
	@$(BIN)/python -m tools.proofs
	@$(BIN)/python -m tools.prose
	@$(BIN)/python -m tools.bank
	@$(BIN)/python -m tools.checks

.PHONY: faults
faults: $(VENV)/.test  ## Plant faults, each alone in a copy, and see a check turn red (ONLY=name for some)
	@$(BIN)/python -m tools.browser --install
	@$(BIN)/python -m tests.faults $(ONLY)

.PHONY: corpus
corpus: $(VENV)/.book  ## Collect the course's own text anew, for the network that learns to write it
	@$(BIN)/python -m tools.corpus

.PHONY: repository
repository:  ## Write the repository's address everywhere (URL=https://github.com/OWNER/NAME)
	@$(PYTHON) tools/repository.py "$(URL)"

.PHONY: constraints
constraints: $(VENV)/.test  ## Record the versions installed now in requirements/constraints.txt
	@$(BIN)/python -m tools.constraints

.PHONY: clean
clean:  ## Remove everything that was built or installed, and nothing of yours
	@$(PYTHON) -m tools.clean
