# `make book` builds the book, `make test` tests it; each sets up what it needs in .venv first.
PRESET ?= quick
# Empty: what the preset says.
FACES ?=
PYTHON ?= python3

# What the environment was made from.
INSTALLED := .venv/.installed
RUN := .venv/bin/

# Tests share the cores: threads of several of them would wait for each other.
test test-fast test-long test-lowest test-newest mutants: export OMP_NUM_THREADS = 1

# Over the cores, in the order of conftest.py.
SPREAD := --numprocesses auto --dist loadgroup --no-loadscope-reorder

.PHONY: book read pdf publish lab test test-fast test-long test-lowest test-newest mutants bench lock audit clean environment .venv

book: environment
	$(RUN)fisherkit build --preset $(PRESET) $(if $(FACES),--faces $(FACES))

read: environment
	$(RUN)fisherkit read

pdf: book
	$(RUN)fisherkit pdf

publish: PRESET = paper
publish: environment
	$(RUN)fisherkit publish --preset $(PRESET) $(if $(FACES),--faces $(FACES))

# The sources of the pages in JupyterLab, where they open as notebooks (right button: Open with, Notebook).
lab: environment
	$(RUN)python -m pip install --quiet --disable-pip-version-check -c requirements.lock "jupyterlab>=4.2"
	$(RUN)jupyter lab notebooks

# All but the campaigns; the units alone, in a minute or two; the campaigns (kills, two at once).
test: environment
	$(RUN)ruff check .
	$(RUN)ruff format --check .
	$(RUN)python -m pytest $(SPREAD)

test-fast: environment
	$(RUN)python -m pytest $(SPREAD) -m "not book and not browser and not slow and not long"

test-long: environment
	$(RUN)python -m pytest -m long -o faulthandler_timeout=0

# Faults put into estimators and statistics one at a time: how many do the tests find? Takes half an hour on one core.
# In _build/mutants, `mutmut results` names those that are left, `mutmut show` shows one.
mutants: environment
	$(RUN)python benchmarks/mutants.py _build/mutants
	cd _build/mutants && ../../$(RUN)mutmut run && ../../$(RUN)mutmut export-cicd-stats
	@$(RUN)python -c 'import json; n = json.load(open("_build/mutants/mutants/mutmut-cicd-stats.json")); \
	  found = n["killed"] + n["timeout"]; print(f"{found} of", n["total"], "faults found: {:.1%}".format(found / n["total"]))'

# The lowest and the newest versions that pyproject.toml allows, with the tests that need no built book.
# UV_TORCH_BACKEND=cpu makes uv fetch the CPU build of torch, where its index can be reached.
test-lowest: RESOLUTION := lowest-direct
# Before NumPy 2.3 an array of no named type is of an unknown one for whoever checks types.
test-lowest: WITHOUT := --ignore=tests/test_types.py
test-newest: RESOLUTION := highest
test-lowest test-newest: test-%:
	$(PYTHON) -m venv --clear .venv-$*
	.venv-$*/bin/python -m pip install --quiet --disable-pip-version-check uv
	.venv-$*/bin/uv pip install --quiet --python .venv-$*/bin/python --resolution $(RESOLUTION) -e '.[dev]'
	.venv-$*/bin/python -m pytest $(SPREAD) -m "not book and not browser and not long" $(WITHOUT)

bench: environment
	$(RUN)python benchmarks/engine.py
	$(RUN)python benchmarks/growth.py

# The environment is made anew when what it was made from has another content, whatever the files' times.
environment:
	@cat requirements.lock pyproject.toml | cmp -s - $(INSTALLED) || $(MAKE) --no-print-directory .venv

.venv:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if v >= (3, 11) else f"fisherkit needs Python 3.11 or newer; $(PYTHON) is {v[0]}.{v[1]} (make PYTHON=python3.11 names another)")'
	$(PYTHON) -m venv --clear .venv
	$(RUN)python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(RUN)python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@cat requirements.lock pyproject.toml > $(INSTALLED)

# Resolves the ranges of pyproject.toml anew. The build of torch (CPU or CUDA) is left to where it is installed.
lock:
	$(PYTHON) -m venv --clear .venv-lock
	.venv-lock/bin/python -m pip install --quiet torch==2.13.0 hatchling editables
	.venv-lock/bin/python -m pip install --quiet -e '.[dev]'
	.venv-lock/bin/python -m pip freeze --exclude-editable | sed 's/^\(torch==[0-9.]*\)+.*/\1/' > requirements.lock
	rm -rf .venv-lock

# Known vulnerabilities of what is locked, of which nothing is installed here. The advisories are PyPI's, on the
# network: without one nothing is audited, and that is a failure too.
audit:
	$(PYTHON) -m venv --clear .venv-audit
	.venv-audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit
	.venv-audit/bin/pip-audit --strict --no-deps --disable-pip --requirement requirements.lock \
		|| { echo "audit: where no vulnerability is named above, the advisories were not reached and nothing was audited"; exit 1; }
	rm -rf .venv-audit

clean:
	rm -rf _build _runs .venv .venv-lock .venv-lowest .venv-newest .venv-audit .pytest_cache .ruff_cache .hypothesis
