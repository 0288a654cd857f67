# Set-up and checks for Linux and macOS. `make run` and `make test` prepare what they need.

VENV := .venv
BIN := $(VENV)/bin
WORKERS := 2
PIP := $(BIN)/python -m pip --disable-pip-version-check

# A stamp is touched only after pip succeeded, so an interrupted install is done again.
RUN_READY := $(VENV)/.ready-run
DEV_READY := $(VENV)/.ready-dev

# A Python that was upgraded or removed leaves a dead link, and stamps that no longer hold.
$(shell $(BIN)/python -c '' 2>/dev/null || rm -f $(RUN_READY) $(DEV_READY))

# Candidates are run, not just looked up: a pyenv shim may stand for a version that isn't active.
define FIND_PYTHON
for name in $(or $(PYTHON),python3 python3.12 python3.13 python3.11 python); do
    path=$$(command -v "$$name") || continue
    version=$$("$$path" -c 'import platform; print(platform.python_version())' 2>/dev/null) || continue
    case $$version in
        3.11.* | 3.12.* | 3.13.*)
            if "$$path" -c 'import ensurepip, venv' 2>/dev/null; then echo "$$path"; exit 0; fi
            echo "Python $$version found at $$path has no venv (on Debian: apt-get install python3-venv)." >&2 ;;
        *) echo "Python $$version found at $$path, Umekomi needs 3.11 to 3.13." >&2 ;;
    esac
done
echo "No usable Python: install one of 3.11 to 3.13, or name it, as in: make run PYTHON=/path/to/python3.12" >&2
exit 1
endef
export FIND_PYTHON

.PHONY: help run test test-slow bench screenshots lint format clean browser

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "PORT=8600         the port of make run (streamlit's own choice otherwise)"
	@echo "PYTHON=python3.12 the Python to make .venv with (3.11 to 3.13)"
	@echo "WORKERS=4         the processes of make test (2 otherwise; 0 for none)"
	@echo "PYTEST_ARGS='...' more for pytest: make test PYTEST_ARGS='-k cache -x'"

run: $(RUN_READY) ## Start Umekomi and print its address
	$(BIN)/streamlit run app.py $(if $(PORT),--server.port $(PORT))

test: $(DEV_READY) browser ## Run the tests (not the slow, network and gpu ones)
	$(BIN)/python -m pytest -n $(WORKERS) $(PYTEST_ARGS)

test-slow: $(DEV_READY) browser ## Run the slow tests, and print the figures that they find
	$(BIN)/python -m pytest -rP -m "slow and not network and not gpu" $(PYTEST_ARGS)

bench: $(DEV_READY) ## Measure speed against named peers
	$(BIN)/python -m tests.benchmarks

screenshots: $(DEV_READY) browser ## Take the pictures in assets/screenshots again
	$(BIN)/python -m tests.e2e.screenshots

lint: $(DEV_READY) ## Check style, format and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright

format: $(DEV_READY) ## Format, and fix what ruff can fix
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

clean: ## Remove .venv and the tools' caches
	rm -rf $(VENV) .hypothesis .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

browser: $(DEV_READY)
	@$(BIN)/python -m tests.browser

$(RUN_READY): requirements.txt
	@$(BIN)/python -c 'import sys, pip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null || { \
	    python=$$(sh -c "$$FIND_PYTHON") && echo "Making $(VENV) with $$python" && \
	    "$$python" -m venv --clear $(VENV); }
	$(PIP) install -r requirements.txt
	@touch $@

$(DEV_READY): requirements-dev.txt $(RUN_READY)
	$(PIP) install -r requirements-dev.txt
	@touch $@
