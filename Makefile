# The verbs of the project. `make book` and `make test` are all a newcomer needs.
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python)
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/ready
CORPUS := $(VENV)/corpus-ready
SITE   := _build/html/index.html

# One setting for every notebook run: no GPU, no start-up chatter, one thread, so that outputs repeat.
export TF_CPP_MIN_LOG_LEVEL   := 3
export TF_ENABLE_ONEDNN_OPTS  := 0
export CUDA_VISIBLE_DEVICES   := -1
export PYTHONHASHSEED         := 0
export OMP_NUM_THREADS        ?= 1

# The limits guard against hanging; they are no test, and stand at ten times the slowest cell.
NBVAL := --nbval --nbval-current-env --nbval-cell-timeout 600 --nbval-kernel-startup-timeout 600
PAGES := $(wildcard *.md chapters/*.md chapters/*.ipynb) _config.yml _toc.yml references.bib \
         $(shell find _ext _static -type f -not -path '*/__pycache__/*' 2>/dev/null)

.PHONY: book test test-portable serve lab outputs weights bench mutants lint clean
.DELETE_ON_ERROR:

book: $(SITE) $(CORPUS)
	@echo "The book is in _build/html. Open _build/html/index.html, or type: make serve"

$(READY): requirements.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -r requirements.txt
	touch $@

$(CORPUS): $(READY) $(wildcard rnnlib/corpus/*.py)
	$(BIN)/python -m rnnlib.corpus
	touch $@

$(SITE): $(READY) $(PAGES)
	$(BIN)/jupyter-book build . -W -n --keep-going --quiet
	touch $@

test: $(SITE) $(CORPUS)
	$(BIN)/python -m pytest tests chapters $(NBVAL) -n 2 --dist loadfile

test-portable: $(CORPUS)
	for threads in 1 2; do \
	  OMP_NUM_THREADS=$$threads ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2 \
	  MKL_ENABLE_INSTRUCTIONS=AVX2 \
	  $(BIN)/python -m pytest chapters $(NBVAL) -n 2 --dist loadfile || exit 1; done

serve: $(SITE)
	$(BIN)/python -m tools.serve

lab: $(CORPUS)
	$(BIN)/jupyter lab chapters

NB ?= chapters
outputs: $(CORPUS)
	$(BIN)/python -m tools.execute $(NB)

# The trained models of weights/, made again: an hour or two.
weights: $(CORPUS)
	$(BIN)/python -m benchmarks.weights

# Long runs with several seeds; what is stored already is not run again.
bench: $(CORPUS)
	for name in throughput switches writing same_loss parity adding memory state ablations quality; do \
	  $(BIN)/python -m benchmarks.$$name || exit 1; done

# The library broken in small ways, one at a time: do its tests notice? M="writing/sampling" for one.
M ?=
mutants: $(READY)
	$(BIN)/python -m pip install --quiet "cosmic-ray>=8.7,<9"
	$(BIN)/python -m tools.mutants $(M)

lint: $(READY)
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

clean:
	rm -rf _build $(VENV) *.egg-info .pytest_cache .ruff_cache .hypothesis
