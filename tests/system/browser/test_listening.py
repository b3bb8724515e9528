"""A listening test by the keyboard alone, in a real browser."""

import time

import numpy as np
import pytest
import soundfile
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from live.render.listening.answers import read_answers
from live.render.listening.app import FILES, app
from live.render.listening.pairs import find_pairs, ordered
from live.render.listening.session import Session

from ...live.page.served import served

TOKEN = "right" * 8
PATIENCE = 60.0  # seconds
RATE = 8_000


@pytest.fixture
def folder(tmp_path):
    # A minute: it plays for longer than a slow machine takes to see that it does.
    tone = 0.1 * np.sin(2 * np.pi * 440 * np.arange(60 * RATE) / RATE)
    for source in ("human", "machine"):
        (tmp_path / source).mkdir()
        for piece in ("01", "02"):
            soundfile.write(tmp_path / source / f"{piece}.wav", tone, RATE)
    return tmp_path


def until(true, what):
    limit = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < limit, what
        time.sleep(0.02)


def test_a_listener_needs_no_mouse_and_cannot_answer_unheard(browser, folder):
    pairs = find_pairs(folder)
    audio = {file: file for pair in pairs for file in pair.files}
    trials = ordered(pairs, 5, "1")
    session = Session(trials, 5, "1", folder / "answers.csv", audio, lambda: "today")
    answers = lambda: read_answers(folder / "answers.csv")  # noqa: E731

    def press(*keys):
        ActionChains(browser).send_keys(*keys).perform()

    def told():
        return browser.find_element(By.ID, "told").text

    def plays(side):
        button = browser.find_element(By.ID, f"play-{side}")
        return button.get_attribute("aria-pressed") == "true"

    browser.get_log("browser")
    with served(app(session), TOKEN, open_to_all=FILES) as page:
        browser.get(f"{page.own}/?token={TOKEN}")
        until(lambda: told() == "1 of 2", "the first question is there")
        press("1", Keys.ENTER)
        assert answers() == []
        press("a")
        until(lambda: plays("a"), "A plays")
        press("b")
        until(lambda: plays("b") and not plays("a"), "B plays, and A no longer")
        press("3", Keys.ENTER)
        until(lambda: told() == "2 of 2", "the second question is there")
        press("a", "b", "2")
        browser.find_element(By.ID, "comment").send_keys("ab1 nice")
        browser.find_element(By.CSS_SELECTOR, "#scale-a input[value='4']").send_keys(Keys.SPACE)
        press(Keys.ENTER)
        until(lambda: told().startswith("All 2"), "all is answered")
    found = [(it.choice, it.rating_a, it.rating_b, it.comment) for it in answers()]
    assert found == [("b", 0, 0, ""), ("same", 4, 0, "ab1 nice")]
    noise = [row for row in browser.get_log("browser") if "favicon" not in row["message"]]
    assert not noise
