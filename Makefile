# make demo   the pipeline on sample photos        make test   every test
# make data   download the data sets to train on into data/; resumes
# make lint   formatter, linter and type checker, checking          make format formatter and linter, mending
# make report pages on the shipped models and the val photos of $(DATA)
# make notebooks   each run top to bottom, as a page in report/notebooks      make api   pages of the API in docs/api
# make files       writes docs/files.md                                 make lock     writes requirements.lock, from pyproject.toml
# make installed   the application alone, in an environment of its own       make audit    known vulnerabilities; needs a network
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
INSTALLED := $(VENV)/.installed

DATA ?= $(firstword $(wildcard ../shared/data) data)
NOTEBOOKS ?= notebooks/*.ipynb
RUN := $(VENV)/bin/python -m
SEEN := report/predictions
SETS := ccp clothing products
CLASSIFIERS := img img_bbox img_bbox_lite
PACKAGES := garments photos readers engine detector classifier segmenter retriever generator recommender metrics reports pipeline web samples

.PHONY: demo data test report notebooks api files lint format install installed lock audit

demo: install
	@$(VENV)/bin/python -m pipeline.demo

data: install
	@$(RUN) samples.data --out data

test: install
	@$(VENV)/bin/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder  # in the order of tests/conftest.py

report: install
	@for set in $(SETS); do for model in $(CLASSIFIERS); do \
		$(RUN) classifier.evaluate --model models/$$model --data $$set:$(DATA)/$$set --out $(SEEN)/$$model-$$set || exit; done; done
	@$(RUN) detector.evaluate --model models/detector --data ccp:$(DATA)/ccp --out $(SEEN)/detector
	@for set in $(SETS); do $(RUN) pipeline.evaluate --data $$set:$(DATA)/$$set --out $(SEEN)/pipeline-$$set || exit; done
	@for source in derived placed; do \
		$(RUN) classifier.evaluate --model models/landmarks --data ccp:$(DATA)/ccp --landmarks $$source --out $(SEEN)/landmarks-$$source && \
		$(RUN) pipeline.evaluate --data ccp:$(DATA)/ccp --landmarks $$source --out $(SEEN)/found-$$source || exit; done
	@$(RUN) reports.classifier $(foreach set,$(SETS),$(foreach model,$(CLASSIFIERS), \
		--predictions $(model)@$(set)=$(SEEN)/$(model)-$(set))) --out report/classifiers
	@$(RUN) reports.detector --predictions $(SEEN)/detector --out report/detector
	@for set in $(SETS); do $(RUN) reports.pipeline --predictions $(SEEN)/pipeline-$$set --out report/pipeline-$$set || exit; done
	@$(RUN) reports.landmarks --predictions derived=$(SEEN)/landmarks-derived --predictions derived=$(SEEN)/found-derived \
		--predictions placed=$(SEEN)/landmarks-placed --predictions placed=$(SEEN)/found-placed --out report/landmarks

notebooks: install
	@DATA=$(abspath $(DATA)) $(RUN) nbconvert --execute --to html --output-dir report/notebooks $(NOTEBOOKS)

api: install
	@TF_CPP_MIN_LOG_LEVEL=3 $(RUN) pdoc --docformat google --output-directory docs/api $(PACKAGES)

files: install
	@$(VENV)/bin/python docs/file_map.py

lint: install
	@$(VENV)/bin/ruff format --check . && $(VENV)/bin/ruff check .
	@$(RUN) mypy

format: install
	@$(VENV)/bin/ruff format . && $(VENV)/bin/ruff check --fix .

installed: install
	@bash .ci/installed

lock: install
	@$(RUN) uv pip compile pyproject.toml --extra dev --python-version 3.11 --universal --generate-hashes \
		--no-header --no-annotate --no-emit-index-url --quiet --output-file requirements.lock

audit: install
	@$(RUN) pip_audit --require-hashes --disable-pip --requirement requirements.lock

install: $(INSTALLED)

$(INSTALLED): requirements.lock
	@echo "installing the requirements into $(VENV) (some minutes, once)"
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info[:2] != (3, 11))" || { echo "needs Python 3.11; set PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@awk '/^uv==/,!/\\$$/' requirements.lock > $(VENV)/uv.lock
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.lock
	@$(RUN) uv pip install --quiet --python $(VENV)/bin/python --require-hashes -r requirements.lock
	@touch $@
