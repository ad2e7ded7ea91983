# The verbs of the project. `make book` and `make test` are all a newcomer needs.
SUITED := -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))'
PYTHON := $(or $(PYTHON),$(shell for name in python3.11 python3.12 python3.13 python3 python; do \
            $$name $(SUITED) 2>/dev/null && command -v $$name && break; done),python3)
VENV   := .venv
UV     := $(filter-out $(abspath $(VENV))/%,$(shell command -v uv))
BIN    := $(VENV)/bin
# FRAMEWORK=torch or keras: an environment with that one alone, which the next calls go on with.
FRAMEWORK ?= $(patsubst $(VENV)/ready-%,%,$(wildcard $(VENV)/ready-*))
ONE    := $(FRAMEWORK:%=-%)
READY  := $(VENV)/ready$(ONE)
LOCKED := requirements$(ONE).txt
CORPUS := $(VENV)/corpus-ready
SITE   := _build/html/index.html
ZIP    := _build/to_go/hidden-state-notebooks.zip
SHEET  := _build/to_go/hidden-state-four-steps.xlsx
PAPER  := _build/to_go/hidden-state.epub

# One setting for every notebook run: no GPU, no start-up chatter, one thread, so that outputs repeat.
export TF_CPP_MIN_LOG_LEVEL   := 3
export TF_ENABLE_ONEDNN_OPTS  := 0
export CUDA_VISIBLE_DEVICES   := -1
export PYTHONHASHSEED         := 0
export OMP_NUM_THREADS        ?= 1

# The limits guard against hanging; they are no test, and stand at ten times the slowest cell.
NBVAL := -p tests.last_digits -p tests.warm_kernels --nbval --nbval-current-env \
         --nbval-sanitize-with tests/figures.cfg \
         --nbval-cell-timeout 600 --nbval-kernel-startup-timeout 600
PAGES := $(wildcard *.md chapters/*.md chapters/*.ipynb chapters/*/*) _config.yml _toc.yml references.bib \
         CITATION.cff \
         $(shell find website -type f -not -path '*/__pycache__/*' 2>/dev/null)
# What the notebooks read, and so what the zip of them holds.
PACKED := website/pack.py pyproject.toml requirements.txt LICENSE CITATION.cff index.md \
          $(shell find chapters rnnlib checkup exercises weights benchmarks/results -type f \
            -not -path '*/__pycache__/*' -not -path '*/.ipynb_checkpoints/*')

PYTEST := $(BIN)/python -m pytest -n 3 --dist loadfile -p tools.where_time_goes -p tools.changed
# What comes before the tests and needs no other.
SIDE_BY_SIDE = $(MAKE) --no-print-directory --jobs 2 lint $(PAPER) $(CORPUS)

ifneq ($(filter-out torch keras,$(FRAMEWORK)),)
  $(error FRAMEWORK is torch or keras, not $(FRAMEWORK))
endif
BOTH := test% coverage lint outputs weights bench mutants lock pdf epub
ifneq ($(and $(ONE),$(filter $(BOTH),$(MAKECMDGOALS))),)
  $(error make $(MAKECMDGOALS) needs both frameworks, which make book FRAMEWORK= installs)
endif

.PHONY: book zip pdf epub test test-fast test-changed test-all test-portable coverage lint serve lab outputs weights bench \
        mutants lock clean
.DELETE_ON_ERROR:

book: $(if $(ONE),$(SITE),$(PAPER)) $(CORPUS)
	@echo "The book is in _build/html. Open _build/html/index.html, or type: make serve"

# The mark `ready` is taken away first and set last: an environment without it is half made, and made
# anew. TensorFlow 2.20 and later and Triton 3.7, which PyTorch's CUDA build brings along on Linux,
# crash in one process (TensorFlow's issue 124205). Only torch.compile needs Triton: it goes.
$(READY): $(LOCKED) pyproject.toml
	@$(PYTHON) $(SUITED) 2>/dev/null || { echo "The book needs Python 3.11, 3.12 or 3.13, and" \
	  "$(PYTHON) is `$(PYTHON) --version 2>&1`: install one, or name it: make PYTHON=python3.12"; \
	  exit 1; }
	test -f $@ || $(PYTHON) -m venv --clear $(VENV)
	rm -f $@
	$(if $(UV),$(UV) pip install $(ONE:-%=--index-strategy unsafe-best-match) --python $(BIN)/python, \
	  $(BIN)/python -m pip install $(ONE:-%=--no-compile)) --quiet -r $(LOCKED)
	$(BIN)/python -m pip uninstall -qq --yes triton
	touch $@

$(CORPUS): $(READY) $(wildcard rnnlib/data/*.py)
	$(BIN)/python -m rnnlib.data
	touch $@

$(ZIP): $(READY) $(PACKED)
	$(BIN)/python -m website.pack

zip: $(ZIP)

# Its stored numbers are the library's, its colours those of the diagrams.
$(SHEET): $(READY) $(wildcard website/spreadsheet/*.py rnnlib/models/char_rnn/*.py) website/static/diagrams.css CITATION.cff
	$(BIN)/python -m website.spreadsheet

# The site lists what can be taken along and carries it. A build that was cut off is begun anew: Sphinx
# would go on without the index of what it read before.
$(SITE): $(READY) $(PAGES) $(SHEET) $(ZIP)
	test -f _build/html/searchindex.js || rm -rf _build/html _build/.doctrees
	$(BIN)/jupyter-book build . -W -n --keep-going --quiet
	touch $@

# The EPUB, and the PDF where there is a browser to print it; both are made of the site.
$(PAPER): $(SITE) $(wildcard website/paper/*)
	$(BIN)/python -m website.paper

pdf: $(SITE)
	$(BIN)/python -m website.paper pdf

epub: $(SITE)
	$(BIN)/python -m website.paper epub

# What is only slow and proves little more is left to test-all. NB=chapters/NAME.ipynb: that one only.
ifdef NB
test: $(CORPUS)
	$(BIN)/python -m pytest $(NB) $(NBVAL)
else
test: $(READY)
	+$(SIDE_BY_SIDE)
	$(PYTEST) --no-loadscope-reorder chapters tests $(NBVAL) -m "not slow"
endif

test-all: $(READY)
	+$(SIDE_BY_SIDE)
	$(PYTEST) --no-loadscope-reorder chapters tests $(NBVAL)

# What your changes reach, by the import graph and content hashes of the last run; it says what it leaves out.
test-changed: $(READY)
	+$(SIDE_BY_SIDE)
	$(PYTEST) --no-loadscope-reorder chapters tests $(NBVAL) -m "not slow" --changed

# What a change usually breaks, in two minutes.
test-fast: $(CORPUS)
	$(PYTEST) tests --fast -m "not slow"

# Style, form, and the types of rnnlib's public names; the style and form of the site's scripts where
# Node.js is there and `npm ci` has installed what package-lock.json names.
BIOME := node_modules/.bin/biome
lint: $(READY)
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy --no-error-summary
	@if test -x $(BIOME) && command -v node > /dev/null; then $(BIOME) check --error-on-warnings; \
	  else echo "JavaScript is not linted: it needs Node.js, and then: npm ci"; fi

# Which lines and branches of rnnlib no test comes by; slow tests and the site are left out, and so
# are notebooks, whose kernels are killed before they could tell.
coverage: $(CORPUS)
	$(BIN)/coverage erase
	-$(BIN)/coverage run -m pytest -n 2 --dist loadfile tests --ignore=tests/site -m "not slow"
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --skip-covered --show-missing

# The notebooks under the arithmetic of other processors, then with initial weights moved by a millionth
# (NUDGE=--nudge), which names what only just keeps its digits. NB=chapters/NAME.ipynb: that one only.
NUDGE ?=
test-portable: $(CORPUS)
	$(BIN)/python -m tools.portable $(NUDGE) $(or $(NB),chapters)

serve: $(SITE)
	$(BIN)/python -m tools.serve

lab: $(CORPUS)
	$(BIN)/jupyter lab chapters

outputs: $(CORPUS)
	$(BIN)/python -m tools.execute $(or $(NB),chapters)

# The trained models of weights/, made again: an hour or two.
weights: $(CORPUS)
	$(BIN)/python -m benchmarks.weights

# Long runs with several seeds, of each study whose results are stored; what is stored already is not
# run again. benchmarks/README.md says what each costs.
STUDIES := $(filter-out long_lags_starts state_ends,$(basename $(notdir $(wildcard benchmarks/results/*.json))))
bench: $(CORPUS)
	for name in $(STUDIES); do $(BIN)/python -m benchmarks.$$name || exit 1; done

# The library broken in small ways, one at a time: do its tests notice? M="writing/sampling" for one.
M ?=
mutants: $(READY)
	$(BIN)/python -m pip install --quiet "cosmic-ray>=8.7,<9"
	$(BIN)/python -m tools.mutants $(M)

# requirements*.txt, written anew from the ranges in pyproject.toml. A version stays while its range
# holds it (LOCK=--upgrade: the newest of everything). What PyTorch's CUDA build needs besides, it
# pins itself, and its CPU build does not want. TensorFlow's build for processors is one for Linux.
PARTS        := --all-extras --group paper --group tests
PARTS-torch  := --extra torch --extra automata --extra series --extra dates
PARTS-keras  := $(PARTS-torch:torch=keras)
ON_PROCESSOR := sys_platform == 'linux' and platform_machine == 'x86_64'
ELSEWHERE    := sys_platform != 'linux' or platform_machine != 'x86_64'
define lock_one
	cp requirements.txt $(VENV)/lock.txt
	$(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 $(PARTS$(1)) \
	  --group notebooks --group site --no-annotate --no-header $(LOCK) --output-file $(VENV)/lock.txt
	{ grep '^[-#.]' requirements$(1).txt; grep -vE '^(cuda|nvidia|triton)' $(VENV)/lock.txt; } | \
	  sed $(if $(filter -keras,$(1)),"s/^tensorflow==.*/& ; $(ELSEWHERE)/p; \
	    s/^tensorflow\(==[^ ]*\).*/tensorflow-cpu\1 ; $(ON_PROCESSOR)/","") > $(VENV)/requirements.txt
	mv $(VENV)/requirements.txt requirements$(1).txt

endef
lock: $(READY)
	$(BIN)/python -m pip install --quiet "uv>=0.9"
	$(foreach one,-all -torch -keras,$(call lock_one,$(one:-all=)))

clean:
	rm -rf _build $(VENV) build *.egg-info .coverage* .pytest_cache .ruff_cache .mypy_cache .hypothesis
