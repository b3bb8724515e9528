"""The page of a listening test, over real HTTP: for those who know the token, and blind."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from live.render.listening.answers import read_answers
from live.render.listening.app import FILES, app
from live.render.listening.pairs import find_pairs, ordered
from live.render.listening.session import Session

from ..page.served import Served, served

TOKEN = "right" * 8


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Served]:
    for level, source in ((0.1, "human"), (0.2, "machine")):
        (tmp_path / source).mkdir()
        for piece in ("01", "02"):
            soundfile.write(tmp_path / source / f"{piece}.wav", np.full((800, 2), level), 8000)
    pairs = find_pairs(tmp_path)
    audio = {file: file for pair in pairs for file in pair.files}
    its = Session(ordered(pairs, 5, "1"), 5, "1", tmp_path / "answers.csv", audio, lambda: "today")
    with served(app(its), TOKEN, open_to_all=FILES) as at:
        yield at


def due(page: Served) -> dict:
    return json.loads(page.ask("/next").text)


def test_a_listener_hears_both_and_the_answer_is_in_the_file(page, tmp_path):
    for choice in ("a", "same"):
        question = due(page)
        for side in "ab":
            sound = page.ask(f"/audio/{question[side]}")
            assert (sound.status, sound.headers["content-type"]) == (200, "audio/wav")
        said = {"trial": question["trial"], "choice": choice, "rating_a": 5, "comment": "ja, schön"}
        answer = page.ask("/answer", "POST", body=json.dumps(said).encode())
        assert answer.status == 200
    assert json.loads(answer.text) == {"trial": None, "answered": 2, "of": 2}
    found = read_answers(tmp_path / "answers.csv")
    assert [(it.choice, it.rating_a, it.comment) for it in found] == [
        ("a", 5, "ja, schön"),
        ("same", 5, "ja, schön"),
    ]


def test_the_page_itself_is_open_and_holds_no_secret(page):
    for path in FILES:
        answer = page.ask(path, token="")
        assert answer.status == 200
        assert TOKEN not in answer.text
        assert "human" not in answer.text
    assert "script-src 'self'" in answer.headers["content-security-policy"]


def test_all_else_needs_the_token(page):
    question = due(page)
    for token in ("", "wrong"):
        assert page.ask("/next", token=token).status == 401
        assert page.ask(f"/audio/{question['a']}", token=token).status == 401
        assert page.ask("/answer", "POST", token=token, body=b"{}").status == 401


def test_no_header_of_an_excerpt_tells_where_it_is_from(page):
    question = due(page)
    for side in "ab":
        headers = str(page.ask(f"/audio/{question[side]}").headers).lower()
        for word in ("human", "machine", "01.wav", "02.wav"):
            assert word not in headers


def test_another_site_is_refused(page):
    assert page.ask("/next", host=f"evil.example:{page.port}").status == 403
    assert page.ask("/next", Origin="http://evil.example").status == 403
    assert page.ask("/answer", "POST", body=b"{}", Origin="http://evil.example").status == 403


@pytest.mark.parametrize(
    "path", ["..%2fhuman%2f01.wav", "../human/01.wav", "01.wav", "human/01.wav"]
)
def test_no_path_is_an_excerpt(path, page):
    assert page.ask(f"/audio/{path}").status in (400, 404)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"\xff", b"{}", b'{"trial": null}', b"[" * 9000]
)
def test_what_is_no_answer_is_a_line_and_is_not_kept(body, page, tmp_path):
    answer = page.ask("/answer", "POST", body=body)
    assert answer.status == 400
    assert answer.text in ("that is no answer", "another question is due")
    assert not (tmp_path / "answers.csv").exists()
