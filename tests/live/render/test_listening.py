"""A listening test is blind, loses no answer, and says how sure its result is."""

import csv
from pathlib import Path

import numpy as np
import pytest
import soundfile

from live.errors import UserError
from live.render.listening.answers import COLUMNS, Answer, read_answers, write_answer
from live.render.listening.kept import LUFS, RATE, Excerpts
from live.render.listening.pairs import find_pairs, ordered
from live.render.listening.report import chance, report, wilson
from live.render.listening.session import ListeningError, Session, seed_of
from live.render.loudness import loudness


def folder(tmp_path: Path, **sources: str) -> Path:
    for source, pieces in sources.items():
        (tmp_path / source).mkdir()
        for piece in pieces.split():
            (tmp_path / source / piece).write_bytes(f"{source}/{piece}".encode())
    return tmp_path


def session(at: Path, listener: str = "1", seed: int = 5) -> Session:
    pairs = find_pairs(at)
    audio = {file: file for pair in pairs for file in pair.files}
    trials = ordered(pairs, seed, listener)
    return Session(trials, seed, listener, at / "answers.csv", audio, lambda: "today")


def said(its: Session, choice: str = "a", **more) -> dict:
    return {"trial": its.ask()["trial"], "choice": choice, **more}


def answer(a: str, b: str, choice: str, ratings=(0, 0), listener="1") -> Answer:
    return Answer("today", 5, listener, "01", a, b, choice, *ratings, "")


def test_pairs_are_the_files_of_the_same_name_of_every_two_sources(tmp_path):
    folder(tmp_path, human="1.mid 2.wav notes.txt", pop="1.take 2.mp3 3.wav", bars="1.mid", none="")
    found = {(pair.piece, *pair.sources) for pair in find_pairs(tmp_path)}
    assert found == {
        ("1", "bars", "human"),
        ("1", "bars", "pop"),
        ("1", "human", "pop"),
        ("2", "human", "pop"),
    }


@pytest.mark.parametrize("sources", [{}, {"human": "1.mid"}, {"human": "1.mid", "pop": "2.mid"}])
def test_a_folder_with_nothing_to_compare_is_one_line(sources, tmp_path):
    with pytest.raises(UserError, match="nothing to compare"):
        find_pairs(folder(tmp_path, **sources))
    with pytest.raises(UserError, match="cannot be read"):
        find_pairs(tmp_path / "nowhere")


def test_order_and_sides_are_drawn_by_chance_and_come_again(tmp_path):
    many = " ".join(f"{n}.wav" for n in range(200))
    pairs = find_pairs(folder(tmp_path, human=many, pop=many))
    drawn = ordered(pairs, 5, "1")
    assert drawn == ordered(list(reversed(pairs)), 5, "1")
    assert [t.pair for t in drawn] != pairs
    assert 70 < sum(trial.a for trial in drawn) < 130
    assert drawn != ordered(pairs, 6, "1")
    assert drawn != ordered(pairs, 5, "2")


def test_a_pair_that_is_added_leaves_the_others_in_their_order(tmp_path):
    folder(tmp_path, human="1.wav 2.wav 3.wav", pop="1.wav 2.wav 3.wav")
    pairs = find_pairs(tmp_path)
    fewer = ordered(pairs[:2], 5, "1")
    assert [trial for trial in ordered(pairs, 5, "1") if trial.pair in pairs[:2]] == fewer


def test_what_a_browser_is_told_names_no_source(tmp_path):
    its = session(folder(tmp_path, human="piece.wav", pop="piece.wav"))
    told = its.ask()
    assert told.keys() == {"trial", "a", "b", "answered", "of"}
    for word in ("human", "pop", "piece"):
        assert word not in f"{told}"
    assert {its.audio(told[side]).parent.name for side in "ab"} == {"human", "pop"}


def test_answers_are_in_the_file_with_what_was_heard(tmp_path):
    its = session(folder(tmp_path, human="1.wav 2.wav", pop="1.wav 2.wav"))
    heard = []
    for choice in "ab":
        told = its.ask()
        heard.append([its.audio(told[side]).parent.name for side in "ab"])
        its.answer(said(its, choice, rating_a=4, comment='so\nnice, "it" is'))
    with open(tmp_path / "answers.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert [[row["a"], row["b"]] for row in rows] == heard
    assert [row["choice"] for row in rows] == ["a", "b"]
    assert {(row["rating_a"], row["rating_b"], row["seed"]) for row in rows} == {("4", "0", "5")}
    assert rows[0]["comment"] == 'so nice, "it" is'
    assert its.ask() == {"trial": None, "answered": 2, "of": 2}


def test_it_goes_on_where_it_was_stopped_for_each_listener(tmp_path):
    at = folder(tmp_path, human="1.wav 2.wav 3.wav", pop="1.wav 2.wav 3.wav")
    first = session(at)
    first.answer(said(first))
    again = session(at)
    assert again.ask()["answered"] == 1
    again.answer(said(again))
    again.answer(said(again))
    done = [(it.piece, it.sources) for it in read_answers(at / "answers.csv")]
    assert len(set(done)) == 3
    assert session(at).ask()["trial"] is None
    assert session(at, "2").ask()["answered"] == 0


def test_an_answer_that_a_crash_tore_is_asked_for_again(tmp_path):
    at = folder(tmp_path, human="1.wav 2.wav", pop="1.wav 2.wav")
    its = session(at)
    its.answer(said(its))
    its.answer(said(its, comment="a long comment"))
    path = at / "answers.csv"
    path.write_bytes(path.read_bytes()[:-8])
    again = session(at)
    assert again.ask()["answered"] == 1
    again.answer(said(again, "same"))
    assert [it.choice for it in read_answers(path)] == ["a", "same"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"trial": "another"},
        {"choice": "human"},
        {"choice": None},
        {"choice": []},
        {"rating_a": 6},
        {"rating_a": True},
        {"rating_b": "5"},
        {"comment": 3},
    ],
)
def test_what_is_no_answer_is_not_kept(wrong, tmp_path):
    its = session(folder(tmp_path, human="1.wav", pop="1.wav"))
    with pytest.raises(ListeningError):
        its.answer(said(its) | wrong)
    assert read_answers(tmp_path / "answers.csv") == []


def test_names_from_before_open_nothing(tmp_path):
    its = session(folder(tmp_path, human="1.wav 2.wav", pop="1.wav 2.wav"))
    before, answered = its.ask(), said(its)
    its.answer(answered)
    for name in (before["a"], before["b"], "../human/1.wav", ""):
        with pytest.raises(ListeningError):
            its.audio(name)
    with pytest.raises(ListeningError):
        its.answer(answered)


def test_the_seed_is_kept_with_the_answers():
    answers = [answer("human", "pop", "a")]
    assert seed_of(answers, None) == seed_of(answers, 5) == 5
    assert seed_of([], 9) == 9
    assert seed_of([], None) != seed_of([], None)
    with pytest.raises(UserError, match="seed 5"):
        seed_of(answers, 9)


def test_a_file_that_holds_no_answers_is_one_line(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match="no file of answers"):
        read_answers(path)
    path.unlink()
    write_answer(path, answer("human", "pop", "a"))
    with open(path, "a") as file:
        file.write("today,5,1,01,human,pop,nobody,0,0,\n")
    with pytest.raises(UserError, match="line 3 is no answer"):
        read_answers(path)


def test_intervals_are_those_of_the_literature():
    """Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine
    17, 1998, table I: the score method without continuity correction."""
    for successes, trials, interval in (
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ):
        assert wilson(successes, trials) == pytest.approx(interval, abs=5e-5)
    assert wilson(0, 0) == (0.0, 1.0)


def test_the_binomial_test_is_exact():
    assert chance(10, 10) == chance(0, 10) == pytest.approx(2 / 1024)
    assert chance(8, 10) == pytest.approx(2 * 56 / 1024)
    assert chance(5, 10) == chance(0, 0) == 1.0


def test_the_report_says_who_is_preferred_and_how_surely():
    answers = [
        *[answer("human", "pop", "a", (5, 3))] * 5,
        *[answer("pop", "human", "b", (0, 4), "2")] * 4,
        *[answer("human", "pop", "b")] * 2,
        answer("pop", "human", "same"),
        answer("bars", "pop", "b"),
    ]
    said = report(answers)
    assert said[0] == "answers 13, listeners 2"
    assert (
        said[1]
        == "bars preferred to pop in 0 of 1 (0 %, 95 % interval 0 to 79 %), p 1; no difference 0"
    )
    assert said[2] == (
        "human preferred to pop in 9 of 11 (82 %, 95 % interval 52 to 95 %), p 0.065; "
        "no difference 1"
    )
    assert said[3:5] == ["human rated 4.56 of 5, 9 times", "pop rated 3.00 of 5, 5 times"]
    assert said[5].startswith("A, whatever it was, was preferred in 5 of 12")
    assert report([]) == ["no answers yet"]


def test_excerpts_are_of_one_kind_and_as_loud_as_each_other(tmp_path):
    at = np.arange(22_050 * 2) / 22_050
    tone = np.sin(2 * np.pi * 440 * at)
    soundfile.write(tmp_path / "soft.wav", tone * 0.02, 22_050)
    soundfile.write(tmp_path / "loud.flac", np.stack([tone, tone], 1)[:22_050] * 0.7, 22_050)
    kept = Excerpts(tmp_path / ".listen", pytest.fail, True)
    paths = [kept.of(tmp_path / name) for name in ("soft.wav", "loud.flac")]
    for path in paths:
        sound, rate = soundfile.read(path, dtype="float32")
        assert (rate, sound.shape[1], path.suffix) == (RATE, 2, ".wav")
        assert loudness(sound, rate) == pytest.approx(LUFS, abs=0.1)
    made = paths[0].stat().st_mtime_ns
    assert kept.of(tmp_path / "soft.wav") == paths[0]
    assert paths[0].stat().st_mtime_ns == made
