# The two commands of the README are `make demo` and `make test`; `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Everything a user runs stands here as it will be installed; `make install` copies it.
STAGE := $(CURDIR)/.build/stage
PREFIX ?= /usr/local
OUTPUT ?= $(CURDIR)/output
# The host side takes its Swift runtime along too, so that an installed tree needs no toolchain.
RELEASE := swift build -c release --static-swift-stdlib

.PHONY: help setup build demo test lint coverage bench bench-bundle cohort train table check-training check-python confidence real figures regression conformance faults check-import record-import golden endurance soak sanitize sign install check-install deb check-deb bench-images hostile-images fuzz-images check-outputs fidelity mutations fuzz clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: ## install what is missing (Debian packages); says what it does
	@Integration/setup/setup.sh

build: setup ## build the plugin, its worker, the harness and the DICOM reader into .build/stage
	@$(RELEASE) --product IsletPlugin
	@$(RELEASE) --product islet
	@$(RELEASE) --product islet-worker
	@$(RELEASE) --product islet-dicom
	@$(RELEASE) --product islet-engine
	@Integration/setup/stage.sh "$$($(RELEASE) --show-bin-path)" $(STAGE)

demo: build ## segment a real CT and a phantom with the shipped bundles; says where the pictures are
	@Integration/demo/demo.sh $(STAGE) $(OUTPUT)

test: build ## all tests; what CI runs
	@ISLET_STRICT=1 swift build --build-tests
	@ISLET_STRICT=1 swift test --skip-build

lint: setup ## formatting, header matrix, shell and Python checks
	@Integration/setup/lint.sh

coverage: build ## line coverage of each module
	@swift test --enable-code-coverage --scratch-path .build-coverage
	@Integration/setup/coverage.sh

bench: build ## the engine against PyTorch, ONNX Runtime and OpenVINO, a whole volume, opening a bundle (needs Python)
	@$(RELEASE) --product islet-engine-benchmark
	@"$$($(RELEASE) --show-bin-path)/islet-engine-benchmark"
	@Integration/benchmarks/bundle/open.sh $(STAGE)/bin/islet
	@Integration/benchmarks/bundle/instances.sh $(STAGE)
	@Integration/benchmarks/bench.sh $(STAGE) $(OUTPUT)/bench

bench-bundle: build ## loading weights: the bundle against safetensors and PyTorch (needs Python)
	@Integration/benchmarks/bundle/bench.sh $(STAGE) $(OUTPUT)/bench-bundle

bench-images: build ## reading a DICOM series against pydicom, dcm2niix and SimpleITK in one run (needs Python)
	@Integration/benchmarks/images/images.sh $(STAGE) $(OUTPUT)/bench-images

hostile-images: build ## 4,000 damaged DICOM files and 1,000 NIfTI and NRRD; what was read is compared with other readers (needs Python)
	@$(RELEASE) --product islet-hostile-images
	@Integration/hostile/images/run.sh "$$($(RELEASE) --show-bin-path)/islet-hostile-images" $(STAGE) $(OUTPUT)/hostile-images

fuzz-images: setup ## libFuzzer on DICOM, NIfTI and NRRD, FUZZ_SECONDS each (60); the corpus stays in .build-fuzz/corpus
	@Integration/fuzz/images.sh $(or $(FUZZ_SECONDS),60)

check-outputs: build ## every output format read back by other programs, DICOM validated, 48 orientations (needs Python)
	@Integration/outputs/check.sh $(STAGE)
fidelity: build ## DSC of bfloat16, int8 and fast masks against exact float32, written into copies of the bundles
	@Integration/benchmarks/fidelity.sh $(STAGE) $(OUTPUT)/fidelity

mutations: build ## hostile bundles through the reader, each in a process that may die: SEED= COUNT=
	@$(RELEASE) --product islet-bundle-mutations
	@"$$($(RELEASE) --show-bin-path)/islet-bundle-mutations" --first $(or $(SEED),1) --count $(or $(COUNT),4000)

fuzz: setup ## libFuzzer on header, manifest, LZ4 sections and whole bundles: TARGETS= FUZZ_SECONDS=60 each
	@Integration/fuzz/fuzz.sh $(OUTPUT)/fuzz $(or $(FUZZ_SECONDS),60) $(TARGETS)

cohort: build ## make the synthetic cohort in output/cohort and compare it with the list in git
	@$(STAGE)/bin/islet cohort --output $(OUTPUT)/cohort
	@$(STAGE)/bin/islet cohort --output $(OUTPUT)/cohort --check Integration/cohort/cohort-hashes.json

confidence: build ## calibrate the predicted DSC of RECIPE with WEIGHTS on COHORT, and its page (needs Python)
	@Models/training/confidence.sh $(STAGE)

real: build ## the shipped bundles on real CTs, for evaluation only (needs Python)
	@Integration/real/real.sh $(STAGE) $(or $(BUNDLES),$(filter-out Models/pancreas-phantom%,$(wildcard Models/*.islet)))

figures: build ## the first weights on their phantoms, measured through the plugin (needs Python)
	@Integration/figures/figures.sh $(STAGE)

regression: build ## every golden case through the harness
	@$(STAGE)/bin/islet regress Integration/regression

conformance: build ## every promise of islet.h on a plugin, each in a process of its own: PLUGIN=file.so ARGUMENTS="--seed 1"
	@$(STAGE)/bin/islet validate $(or $(PLUGIN),$(STAGE)/lib/islet/islet.so) $(ARGUMENTS)

check-import: build ## import networks of the paper's size from files by other programs, answers against PyTorch and OpenCV (needs Python)
	@Integration/import/check_import.sh $(STAGE) $(OUTPUT)/import

record-import: ## rewrite the small files of the importers' tests (needs Python)
	@Integration/import/record.sh

faults: build ## the n-th allocation, read, write, mapping, spawn fails, in host and worker, for every n
	@Integration/conformance/faults.sh $(STAGE) $(EXTENT)

golden: ## rewrite the networks' golden outputs with PyTorch (needs Python)
	@Integration/golden/golden.sh

train: build ## train bundles from nothing, an hour of CPU a fold at most: PLAN= COHORT= OUTPUT= ARGUMENTS="--fold 1" (needs Python)
	@Models/training/train.sh $(STAGE) $(ARGUMENTS)

table: build ## the paper's Table 1 by the bundles of make train, their profiles against each other
	@$(STAGE)/bin/islet evaluate $(OUTPUT)/training/cohort --tolerance 3 --output $(OUTPUT)/table --allow-unsigned \
	  --bundle '$(OUTPUT)/training/bundles/pancreas-cohort-fold-{fold}-paper-0.3.0.islet' \
	  --bundle '$(OUTPUT)/training/bundles/pancreas-cohort-fold-{fold}-paper-like-0.3.0.islet' \
	  --bundle '$(OUTPUT)/training/bundles/pancreas-cohort-fold-{fold}-release-1.11-0.3.0.islet'

check-training: ## tests of the training (needs Python)
	@Integration/setup/venv.sh .venv-train -r Models/training/requirements.txt
	@.venv-train/bin/python -m pytest -q -p no:cacheprovider Models/training/tests

check-python: build ## the Python package: wheel, example, types, tests (needs Python)
	@Integration/python/check.sh $(STAGE)

sign: build ## sign the bundles under Models: KEY=file.key
	@test -n "$(KEY)" || { echo "make sign: KEY=file.key is missing (Models/README.md)" >&2; exit 2; }
	@$(STAGE)/bin/islet bundle sign $(wildcard Models/*.islet) --key "$(KEY)"

endurance: build ## memory against plan(), progress, 1,000 cancels, 500 kill -9 of the worker, 500 of islet segment at random moments
	@for what in memory paper progress cancel kill outputs; do Integration/conformance/endurance.sh $(STAGE) $$what || exit 1; done

soak: build ## 2,000 segmentations, 3,000 or 10,000 instances, 200 loads: memory per run, what is left behind
	@Integration/conformance/endurance.sh $(STAGE) soak

sanitize: build ## the tests under ThreadSanitizer and AddressSanitizer, a host under valgrind
	@Integration/conformance/sanitize.sh $(STAGE)

install: build ## copy the stage to PREFIX (default /usr/local)
	@Integration/setup/install.sh $(STAGE) $(PREFIX)

check-install: build ## install, move the tree, and use it through pkg-config, the command and a C host
	@Integration/setup/check-install.sh $(STAGE)

deb: build ## a Debian package in OUTPUT
	@Integration/deb/deb.sh $(STAGE) $(OUTPUT)

check-deb: build ## install the Debian package into a clean chroot and segment a CT there (needs root)
	@Integration/deb/check.sh "$$(Integration/deb/deb.sh $(STAGE) $(OUTPUT))"

clean: ## remove everything that was built
	@rm -rf .build .build-coverage .venv-* output
