# `make help` lists the targets. The README describes building.

SWIFT ?= swift
# The folder for the results of the study, and its arguments: make study ARGUMENTS="--epochs 20"
OUTPUT ?= outcrop-study
ARGUMENTS ?=
# The folder in which `make install` installs the command, its manual page and the completions of shells.
PREFIX ?= $(HOME)/.local
# The folder of data and golden files, which are not part of the repository.
OUTCROP_SHARED ?= ../shared
GOLDEN := Tests/OutcropVerificationTests/Golden/*.safetensors

# All targets use the same flags, so that every module is compiled once.
BUILD := $(SWIFT) build -c release
OUTCROP = "$$($(BUILD) --show-bin-path)/outcrop"
SOURCES := Package.swift Sources Tests Examples Benchmarks

.DEFAULT_GOAL := help
.PHONY: help setup build install release study test fuzz sanitize verify examples bench docs format lint clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: ## install missing system packages with apt-get
	@Scripts/setup

build: setup ## build the libraries and the command `outcrop` for release
	@$(BUILD) --product outcrop

install: build ## install the command, its manual page and shell completions under $PREFIX (default: ~/.local)
	@Scripts/install $(OUTCROP) "$(PREFIX)"

release: setup ## build a program that needs no other packages, check it in a minimal system, and pack it
	@Scripts/release

study: build ## train on the embedded data, write the report and open it
	@$(OUTCROP) study --open --output "$(abspath $(OUTPUT))" $(ARGUMENTS)

test: setup ## build and run all tests
	@Scripts/test

fuzz: setup ## test every reader with damaged inputs (READER=npz COUNT=1000000 or SECONDS=600, SEED=1)
	@$(if $(READER),READER=$(READER)) $(if $(COUNT),COUNT=$(COUNT)) $(if $(SECONDS),SECONDS_EACH=$(SECONDS)) \
	  $(if $(SEED),SEED=$(SEED)) Scripts/fuzz

sanitize: setup ## run all tests under the undefined-behavior, thread and address sanitizer (hours)
	@Scripts/sanitize undefined && Scripts/sanitize thread && Scripts/sanitize address

verify: build ## compare with PyTorch's numbers in the repository and, if it exists, in $OUTCROP_SHARED/golden
	@$(OUTCROP) verify --quiet $(GOLDEN) && $(OUTCROP) verify --quiet --double $(GOLDEN)
	@if ls "$(OUTCROP_SHARED)"/golden/*.safetensors >/dev/null 2>&1; then \
	  $(OUTCROP) verify --quiet "$(OUTCROP_SHARED)"/golden/*.safetensors && \
	  $(OUTCROP) verify --quiet --double "$(OUTCROP_SHARED)"/golden/*.safetensors; \
	else \
	  echo "skipped: no golden files in $(OUTCROP_SHARED)/golden (set OUTCROP_SHARED)"; \
	fi

examples: setup ## build the examples and run the shorter one
	@$(SWIFT) run -c release --package-path Examples QuickStart

bench: setup ## run all benchmarks and write Docs/benchmarks (PYTHON=a Python with torch, for comparisons)
	@Benchmarks/bench.sh $(ARGUMENTS)

format: ## format all Swift files
	@$(SWIFT) format format --in-place --parallel --recursive $(SOURCES)

docs: setup ## build the documentation into .build/docs; any warning is an error
	@Scripts/docs && Scripts/check-samples

lint: ## check formatting, imports and the files named in documents; any finding is an error
	@$(SWIFT) format lint --strict --parallel --recursive $(SOURCES)
	@Scripts/check-imports && Scripts/check-links

clean: ## remove the build products
	@rm -rf .build .build-thread .build-address .build-release Examples/.build Benchmarks/.build
