# Each of these does all its own set-up. PYTHON chooses the interpreter (3.11 to 3.13).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check system clean

# A session with no hardware: leaves the take, a MIDI file and a picture in demo/.
demo: $(VENV)/player
	$(BIN)/antiphon demo

# Everything: the checks, and all tests. Those over real ports come after the others, by themselves.
test: system $(VENV)/developer check
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal --ignore tests/system
	$(BIN)/python -m pytest tests/system

check: $(VENV)/developer
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The tests play over JACK with its dummy driver, and open the page in Chromium: neither a sound
# card nor a screen is needed.
PACKAGES := jackd2 libportaudio2 libasound2
BROWSER := chromium chromium-driver
COMMANDS := jackd chromium chromedriver
system:
	@missing=; for command in $(COMMANDS); do \
		command -v $$command >/dev/null || missing="$$missing $$command"; \
	done; \
	if [ "$$(uname)" = Linux ] && [ -n "$$missing" ]; then \
		if command -v apt-get >/dev/null; then \
			sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); \
			$$sudo apt-get update -q && \
			DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -qy --no-install-recommends \
				$(PACKAGES) $$(apt-cache show $(BROWSER) >/dev/null 2>&1 && echo $(BROWSER)); \
		else \
			echo "install$$missing and PortAudio with your package manager, then: make test"; \
			exit 2; \
		fi; \
	fi

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/player: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install -q -e .
	@touch $@

$(VENV)/developer: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install -q -e '.[training,dev]'
	@touch $@ $(VENV)/player

clean:
	rm -rf $(VENV) demo
