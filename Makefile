# `make help` lists what can be done. Everything else about building stands in the README.

SWIFT ?= swift
# Where the study puts its results, and arguments for it: make study ARGUMENTS="--epochs 20"
OUTPUT ?= outcrop-study
ARGUMENTS ?=
# Data and golden files that are not part of the repository.
OUTCROP_SHARED ?= ../shared

# The same flags everywhere, so that nothing is built twice.
BUILD := $(SWIFT) build -c release
OUTCROP = "$$($(BUILD) --show-bin-path)/outcrop"
SOURCES := Package.swift Sources Tests Examples Benchmarks

.DEFAULT_GOAL := help
.PHONY: help setup build study test sanitize verify examples bench format lint clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: ## install missing system packages (apt-get; does nothing when all are there)
	@Scripts/setup

build: setup ## build the libraries and the command `outcrop` for release
	@$(BUILD) --product outcrop

study: build ## train on the embedded data and write the report
	@$(OUTCROP) study --output "$(OUTPUT)" $(ARGUMENTS)
	@printf '\nOpen the report in a browser: %s\n' "$(abspath $(OUTPUT))/report.html"

test: setup ## build and run all tests
	@Scripts/test

sanitize: setup ## run all tests under the thread and the address sanitizer (hours)
	@Scripts/sanitize thread && Scripts/sanitize address

verify: build ## compare with PyTorch's numbers in $OUTCROP_SHARED/golden, if they are there
	@if ls "$(OUTCROP_SHARED)"/golden/*.safetensors >/dev/null 2>&1; then \
	  $(OUTCROP) verify --quiet "$(OUTCROP_SHARED)"/golden/*.safetensors && \
	  $(OUTCROP) verify --quiet --double "$(OUTCROP_SHARED)"/golden/*.safetensors; \
	else \
	  echo "skipped: no golden files in $(OUTCROP_SHARED)/golden (set OUTCROP_SHARED)"; \
	fi

examples: setup ## build the examples and run the shorter one
	@$(SWIFT) run -c release --package-path Examples QuickStart

bench: setup ## measure everything and write Docs/benchmarks (PYTHON=a Python with torch, for peers)
	@Benchmarks/bench.sh $(ARGUMENTS)

format: ## format all Swift files
	@$(SWIFT) format format --in-place --parallel --recursive $(SOURCES)

lint: ## check formatting; any finding is an error
	@$(SWIFT) format lint --strict --parallel --recursive $(SOURCES)

clean: ## remove what was built
	@rm -rf .build .build-thread .build-address Examples/.build Benchmarks/.build
