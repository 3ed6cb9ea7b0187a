# `make` lists what there is. Everything needs Go alone, except -race (a C compiler) and the MySQL
# half of the tests (a server binary; `make test-deps` installs one).
#
# PKG narrows tests to some packages and ARGS passes flags on:
#	make test PKG=./modules/order/... ARGS='-run Cancel -v'

GO    ?= go
PKG   ?= ./...
ARGS  ?=
TOOL  := $(GO) tool -modfile=tools/go.mod

# Programs are built and then run in make's place, not by `go run`: that does not pass SIGTERM on,
# and a server would outlive the one who stopped it.
TESTER := $(GO) build -buildvcs=false -o bin/banyan-test ./cmd/banyan-test && exec bin/banyan-test

# A run of all tests includes a minute and a half of chaos; one that is narrowed down does not.
CHAOS       := $(GO) -C chaos test -count=1 -v
SHORT_CHAOS  = $(if $(ARGS)$(filter-out ./...,$(PKG)),,$(CHAOS) .)
SQLCHECK     = $(if $(ARGS)$(filter-out ./...,$(PKG)),,$(GO) -C sqlcheck test -count=1 .)

REHEARSAL   := $(TESTER) -count=1 -timeout=24h -v -run '^TestTheGuide' ./cmd/banyan/rehearsal

.DEFAULT_GOAL := help
.PHONY: help run build test test-short test-deps check tidy generated vet lint fmt arch controls chaos rehearse rehearse-road rehearse-cost bench bench-events mysql migrate clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## start the shop on SQLite files in ./data (or on BANYAN_DB)
	@BANYAN_DB="$${BANYAN_DB:-sqlite:data}" exec bin/banyan serve $(ARGS)

build: ## build bin/banyan
	@$(GO) build -o bin/banyan ./cmd/banyan

test: ## run all tests on SQLite and on MariaDB or MySQL (starts a private server)
	@$(SQLCHECK)
	@$(SHORT_CHAOS)
	@$(TESTER) $(ARGS) $(PKG)

test-short: ## run the quick tests on SQLite alone
	@$(TESTER) -no-mysql -short $(ARGS) $(PKG)

test-deps: ## install the server binary that the MySQL half needs (Debian)
	@$(TESTER) -deps

check: tidy generated vet lint arch controls ## all that CI checks: modules, generated files, vet, lint, planted bugs, bench-events in small, SQL by a parser, chaos, tests with -race
	@$(GO) -C bench test -count=1 .
	@$(SQLCHECK)
	@$(SHORT_CHAOS)
	@$(TESTER) -race -shuffle=on $(ARGS) $(PKG)

tidy: ## see that go.mod and go.sum say what the code needs
	@$(GO) mod tidy -diff
	@$(GO) -C tools mod tidy -diff
	@$(GO) -C bench mod tidy -diff
	@$(GO) -C chaos mod tidy -diff
	@$(GO) -C sqlcheck mod tidy -diff

generated: ## see that generated files are up to date
	@sums() { find . -type f ! -path './.git/*' ! -path './bin/*' ! -path './data/*' -exec cksum {} + | sort; }; \
	before=$$(sums) && $(GO) generate ./... && after=$$(sums) && \
	if [ "$$before" != "$$after" ]; then echo 'go generate changed files: commit them'; exit 1; fi

vet: ## go vet
	@$(GO) vet ./...
	@$(GO) -C bench vet ./...
	@$(GO) -C chaos vet ./...
	@$(GO) -C sqlcheck vet ./...

lint: ## run the linters and see that files are formatted
	@$(TOOL) golangci-lint run $(ARGS)
	@cd bench && $(GO) tool -modfile=../tools/go.mod golangci-lint run -c ../.golangci.yml $(ARGS)
	@cd chaos && $(GO) tool -modfile=../tools/go.mod golangci-lint run -c ../.golangci.yml $(ARGS)
	@cd sqlcheck && $(GO) tool -modfile=../tools/go.mod golangci-lint run -c ../.golangci.yml $(ARGS)

fmt: ## format all files
	@$(TOOL) golangci-lint fmt
	@cd bench && $(GO) tool -modfile=../tools/go.mod golangci-lint fmt -c ../.golangci.yml
	@cd chaos && $(GO) tool -modfile=../tools/go.mod golangci-lint fmt -c ../.golangci.yml
	@cd sqlcheck && $(GO) tool -modfile=../tools/go.mod golangci-lint fmt -c ../.golangci.yml

arch: ## check the boundaries between modules alone, and print the score on planted breaks
	@$(GO) test

controls: ## plant bugs in copies of the bus, and see that its rigs find each of them
	@$(GO) build -buildvcs=false -o bin/banyan-controls ./cmd/banyan-controls && exec bin/banyan-controls $(ARGS)

chaos: ## kill, pause and cut off the shop while it works, 10 minutes (ARGS='-duration 1h -seed 7 -engines mysql -rigs bus')
	@$(CHAOS) -timeout=24h . -args -duration=10m -rigs=bus,shop,sick,controls $(ARGS)

rehearse: ## the road out and back, what each stage costs, and the acceptance tests with payment apart, with all modules apart, and at 50 %
	@$(MAKE) --no-print-directory rehearse-road rehearse-cost ARGS=
	@export BANYAN_TEST_APART=payment && $(TESTER) $(ARGS) ./cmd/banyan/acceptance
	@export BANYAN_TEST_APART=catalog,payment,shipping && $(TESTER) $(ARGS) ./cmd/banyan/acceptance
	@export BANYAN_TEST_APART=payment BANYAN_TEST_SHARE=50 && $(TESTER) $(ARGS) ./cmd/banyan/acceptance
	@export BANYAN_TEST_APART=catalog,payment,shipping BANYAN_TEST_SHARE=50 && $(TESTER) $(ARGS) ./cmd/banyan/acceptance

rehearse-road: ## take each module out and back by the commands of docs/extraction.md, under load and with kills (ARGS='-modules payment -hold 5s')
	@$(REHEARSAL) -args -long $(ARGS)

rehearse-cost: ## print what each stage costs, with durable settings (ARGS='-turn 10s -rounds 7')
	@$(GO) test ./cmd/banyan/rehearsal -count=1 -timeout=24h -v -run '^TestWhat(AStage|TheReadiness)' -args -cost $(ARGS)

bench: ## measure on both engines, with durable settings
	@$(GO) build -o bin/banyan-load ./cmd/banyan-load && exec bin/banyan-load $(ARGS)

bench-events: ## measure the event bus beside its peers, on both engines, with durable settings
	@$(GO) -C bench build -o ../bin/bench-events . && exec bin/bench-events $(ARGS)

mysql: ## start a private server, print its address, end it with Ctrl-C
	@$(TESTER) -server-only $(ARGS)

migrate: build ## create or update the tables of BANYAN_DB
	@BANYAN_DB="$${BANYAN_DB:-sqlite:data}" exec bin/banyan migrate $(ARGS)

clean: ## remove what was built; ./data stays
	@rm -rf bin
