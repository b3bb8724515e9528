"""One browser for all tests of the page, and sessions for it to open."""

import functools
import http.server
import shutil
import sys
import tempfile
import threading
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[3] / "live" / "page" / "static"
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--mute-audio",
    "--window-size=1440,900",
)


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium that nobody has used before."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    if not sys.platform.startswith("linux"):
        pytest.skip("the page is tried in Chromium on Linux only")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.fail(
            f"{'Chromium' if chromium is None else 'chromedriver'} is missing: "
            "apt-get install --no-install-recommends chromium chromium-driver"
        )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        for option in (*QUIET, f"--user-data-dir={profile}"):
            options.add_argument(option)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        browser = webdriver.Chrome(options=options, service=Service(driver))
        browser.set_script_timeout(60)
        yield browser
        browser.quit()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(scope="session")
def files():
    """The address of the page's files, without an instrument behind them."""
    handler = functools.partial(_Quiet, directory=STATIC)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
