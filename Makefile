# Every command a developer types. The longer ones live in scripts/.

.DEFAULT_GOAL := help
.PHONY: help check test fmt arch proto widget widget-test doc docs bench soak attack fuzz mutants sbom swagger clean

help: ## lists the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST)

check: ## every check, step by step: format, import table, protos, dependencies, clippy, tests per database, doc build
	scripts/need.sh
	cargo fmt --all --check
	$(MAKE) --no-print-directory arch
	scripts/buf.sh
	scripts/deny.sh
	$(MAKE) --no-print-directory sbom
	scripts/zoho.sh
	scripts/python.sh signing
	scripts/widget.sh check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	env -u TEST_POSTGRES_URL cargo test --locked --workspace
	scripts/postgres.sh run scripts/valkey.sh run cargo test --locked --workspace
	cargo build --locked
	scripts/widget.sh test
	$(MAKE) --no-print-directory doc

test: ## what CI runs, on a machine where nothing is prepared; tests run once, over both databases
	scripts/test.sh

fmt: ## formats Rust and protos
	cargo fmt --all
	scripts/need.sh node
	scripts/buf.sh format --write --exclude-path proto/google

arch: ## holds the source to the import table; needs rustc alone
	@mkdir -p target/arch
	rustc --test --edition 2024 -D warnings -C opt-level=1 -C debug-assertions=on tests/architecture/main.rs -o target/arch/architecture
	RUST_BACKTRACE=0 target/arch/architecture --quiet

proto: ## lint, format and breaking changes of the protos
	scripts/need.sh node
	scripts/buf.sh

widget: ## builds the web application of widget/ into widget/dist, which is committed
	scripts/need.sh node
	scripts/widget.sh build

widget-test: ## drives the web application with the built binary and the system's Chromium; pictures in target/screenshots
	scripts/need.sh chromium
	cargo build --locked
	scripts/widget.sh test

doc: ## builds the documentation of the crates; a broken link fails
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps

docs: ## builds the book of docs/ into target/book; needs mdbook
	@command -v mdbook >/dev/null || \
		{ echo 'mdbook is missing; install it with: cargo install mdbook --locked' >&2; exit 1; }
	mdbook build docs

bench: ## measures the server against its floor, and finding in a million outcomes, on both databases
	scripts/need.sh rust c postgres valkey
	scripts/postgres.sh run scripts/valkey.sh run cargo bench --locked --bench load

soak: ## the long form of the soak: kills, stalls, outages; about 20 minutes on two cores
	scripts/soak.sh

attack: ## the long form of the attack: strangers, a tenant, its Moodle and Zoho; memory and what others feel
	scripts/attack.sh

fuzz: ## the long form of the fuzzer: ten minutes for each target; `make fuzz TARGET=egress` runs some of them
	scripts/fuzz.sh $(TARGET)

mutants: ## changes the code of keys, roles, addresses and signatures place by place; a test has to notice; needs cargo-mutants
	scripts/mutants.sh

sbom: ## writes the bill of materials to target/sbom.cdx.json, one component for each package of Cargo.lock
	scripts/need.sh python
	cargo fetch --quiet --locked
	scripts/sbom.py target/sbom.cdx.json

swagger: ## verifies the vendored Swagger UI; `make swagger VERSION=5.x.y` takes over another version
	scripts/need.sh node
	scripts/swagger.sh $(VERSION)

clean: ## removes what the targets made
	cargo clean
	rm -rf widget/node_modules widget/src/paraglide tools/buf/node_modules tools/zoho/node_modules tools/zoho/python tools/signing/python
