"""How long until somebody with nothing but a computer hears it: from the command `antiphon` to the
page, to the first key that is played on it, and to the machine's first note.

python tests/system/browser/first_note.py [ANTIPHON]     # the command, where it is another one
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains

LIMIT = 60.0  # seconds
THERE = (
    "return !!document.querySelector('[data-control]') && !document.getElementById('hint').hidden"
)
SEEN = "return !!document.querySelector(`.key.${arguments[0]}`)"


def main(command: str = "antiphon") -> None:
    path = shutil.which(command)
    if path is None:
        sys.exit(f"there is no {command}: name the one to start")
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for option in ("--headless", "--no-sandbox", "--disable-gpu"):
        options.add_argument(option)
    browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    with tempfile.TemporaryDirectory() as folder:
        own = os.environ | {"BROWSER": "true", "XDG_CONFIG_HOME": folder, "PYTHONUNBUFFERED": "1"}
        began = time.monotonic()
        session = subprocess.Popen(
            [Path(path).absolute()],
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=own,
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        try:
            lines = _lines(session, ("?token=", "ready in"))
            _tell(began, "the address is printed and the session is ready")
            browser.get(re.search(r"http://\S+\?token=\S+", lines)[0])  # type: ignore[index]
            _until(lambda: browser.execute_script(THERE), "the page")
            _tell(began, "the page says what to press")
            for key in "adgk":
                actions = ActionChains(browser, duration=0).key_down(key).pause(0.2)
                actions.perform()
                if key == "a":
                    _until(lambda: browser.execute_script(SEEN, "you"), "the key")
                    _tell(began, "the first key is lit")
                ActionChains(browser, duration=0).key_up(key).perform()
            _until(lambda: browser.execute_script(SEEN, "machine"), "the machine's key")
            _tell(began, "the machine's first note")
        finally:
            browser.quit()
            session.terminate()
            rest = session.communicate(timeout=20)[0]
    print(lines + rest)


def _tell(began: float, what: str) -> None:
    print(f"{time.monotonic() - began:6.1f} s  {what}")


def _lines(session: "subprocess.Popen[str]", wanted: tuple[str, ...]) -> str:
    """What it says until all of these have been said."""
    assert session.stdout is not None
    said = ""
    while not all(words in said for words in wanted):
        line = session.stdout.readline()
        if not line:
            raise SystemExit(said or "it said nothing")
        said += line
    return said


def _until(true: Callable[[], Any], what: str) -> None:
    end = time.monotonic() + LIMIT
    while not true():
        if time.monotonic() > end:
            raise SystemExit(f"waited in vain for {what}")
        time.sleep(0.01)


if __name__ == "__main__":
    main(*sys.argv[1:])
