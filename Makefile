# `make book` builds the book, `make test` tests it; each sets up what it needs in .venv first.
PRESET ?= quick
# Empty: what the preset says.
FACES ?=
PYTHON ?= python3

INSTALLED := .venv/.installed
RUN := .venv/bin/

.PHONY: book read pdf publish lab test bench lock clean

book: $(INSTALLED)
	$(RUN)fisherkit build --preset $(PRESET) $(if $(FACES),--faces $(FACES))

read: $(INSTALLED)
	$(RUN)fisherkit read

pdf: book
	$(RUN)fisherkit pdf

publish: PRESET = paper
publish: $(INSTALLED)
	$(RUN)fisherkit publish --preset $(PRESET) $(if $(FACES),--faces $(FACES))

# The sources of the pages in JupyterLab, where they open as notebooks (right button: Open with, Notebook).
lab: $(INSTALLED)
	$(RUN)python -m pip install --quiet --disable-pip-version-check -c requirements.lock "jupyterlab>=4.2"
	$(RUN)jupyter lab notebooks

test: $(INSTALLED)
	$(RUN)ruff check .
	$(RUN)ruff format --check .
	$(RUN)python -m pytest --numprocesses auto --dist loadfile

bench: $(INSTALLED)
	$(RUN)python benchmarks/engine.py

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if v >= (3, 11) else f"fisherkit needs Python 3.11 or newer; $(PYTHON) is {v[0]}.{v[1]} (make PYTHON=python3.11 names another)")'
	$(PYTHON) -m venv --clear .venv
	$(RUN)python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(RUN)python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Resolves the ranges of pyproject.toml anew. The build of torch (CPU or CUDA) is left to where it is installed.
lock:
	$(PYTHON) -m venv --clear .venv-lock
	.venv-lock/bin/python -m pip install --quiet torch==2.13.0 hatchling editables
	.venv-lock/bin/python -m pip install --quiet -e '.[dev]'
	.venv-lock/bin/python -m pip freeze --exclude-editable | sed 's/^\(torch==[0-9.]*\)+.*/\1/' > requirements.lock
	rm -rf .venv-lock

clean:
	rm -rf _build _runs .venv .venv-lock .pytest_cache .ruff_cache .hypothesis
