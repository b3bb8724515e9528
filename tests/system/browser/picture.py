"""The picture of the page: plays a phrase on a running session's page, and keeps what is seen.

antiphon play --ui --no-browser --preset duet --clock internal     # prints the address
python tests/system/browser/picture.py ADDRESS live/page/page.png
"""

import argparse
import base64
import time

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains

SIZE = {"width": 1440, "height": 900, "deviceScaleFactor": 1, "mobile": False}
# Chords of computer keys, and for how long they are held (seconds); a space is the pedal, which
# goes down or comes up.
PHRASE = [("adg", 0.5), ("k", 0.4), ("j", 0.4), (" ", 0), ("dhk", 0.5), ("j", 0.4), ("h", 0.4)]
PHRASE += [(" ", 0), ("afh", 0.9), ("g", 0.4), ("f", 0.4), (" ", 0), ("sgj", 0.5), ("h", 0.4)]
PHRASE += [("g", 0.2), ("d", 1.2), (" ", 0)]


def main(address: str, file: str) -> None:
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for option in ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(option)
    browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    try:
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", SIZE)
        browser.get(address)
        time.sleep(2)
        pictures = []
        down = False
        for keys, held in PHRASE:
            if keys == " ":
                _tread(browser, down)
                down = not down
            else:
                pictures.append(_played(browser, keys, held))
        with open(file, "wb") as out:
            out.write(max(pictures, key=len))  # the fullest
    finally:
        browser.quit()


def _tread(browser: webdriver.Chrome, was_down: bool) -> None:
    actions = ActionChains(browser, duration=0)
    (actions.key_up if was_down else actions.key_down)(" ").perform()


def _played(browser: webdriver.Chrome, keys: str, held: float) -> bytes:
    """Play these keys; what is seen while they are held."""
    actions = ActionChains(browser, duration=0)
    for key in keys:
        actions.key_down(key)
    actions.pause(held).perform()
    shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    actions = ActionChains(browser, duration=0)
    for key in keys:
        actions.key_up(key)
    actions.perform()
    return base64.b64decode(shot["data"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="the picture of a running session's page")
    parser.add_argument("address")
    parser.add_argument("file", help="a .png")
    main(**vars(parser.parse_args()))
