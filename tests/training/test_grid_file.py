"""A file of grids is many pieces; what is no grid is named."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training.config import CorpusConfig
from training.grid_file import read_grids
from training.midi_file import BadFile

TWO = CorpusConfig(voices={"high": [], "low": []}, otherwise="low")


def write(path: Path, table: Any) -> Path:
    path.write_text(table if isinstance(table, str) else json.dumps(table))
    return path


def test_a_pitch_that_stays_is_one_note(tmp_path: Path) -> None:
    grid = [[72, 60], [72, 60], [74, 60], [74, 62], [72, 62]]
    piece = read_grids(write(tmp_path / "x.json", {"train": [grid]}), TWO)["train", 0]
    assert piece.pitch.tolist() == [72, 60, 74, 62, 72]
    assert piece.voice.tolist() == [0, 1, 0, 1, 0]
    assert piece.beat.tolist() == [0, 0, 0.5, 0.75, 1]
    assert piece.beats.tolist() == [0.5, 0.75, 0.5, 0.5, 0.25]


def test_silence_is_no_note_and_parts_what_it_lies_between(tmp_path: Path) -> None:
    for silence in ("-1", "null", "NaN"):
        text = f'{{"test": [[[60, {silence}], [{silence}, {silence}], [60, 0]]]}}'
        piece = read_grids(write(tmp_path / "x.json", text), TWO)["test", 0]
        assert piece.pitch.tolist() == [60, 60, 0]
        assert piece.beat.tolist() == [0, 0.5, 0.5]


def test_four_frames_are_a_beat_of_100_to_the_minute_and_four_beats_a_bar(tmp_path: Path) -> None:
    grid = [[60 + frame // 4, -1] for frame in range(24)]
    piece = read_grids(write(tmp_path / "x.json", {"valid": [grid]}), TWO)["valid", 0]
    assert piece.in_bar.tolist() == [0, 1, 2, 3, 0, 1]
    assert set(piece.bar) == {4.0}
    np.testing.assert_allclose(piece.second, np.arange(6) * 0.6)
    np.testing.assert_allclose(piece.seconds, 0.6)
    assert set(piece.velocity) == {64}
    assert not piece.beatless


def test_each_split_keeps_its_pieces_in_their_order(tmp_path: Path) -> None:
    table = {"test": [[[60, 48]]], "train": [[[61, 48]], [[62, 48]]], "about": "nothing"}
    grids = read_grids(write(tmp_path / "x.json", table), TWO)
    firsts = {key: int(piece.pitch[0]) for key, piece in grids.items()}
    assert firsts == {("train", 0): 61, ("train", 1): 62, ("test", 0): 60}


WRONG_PIECES = {
    "too few pitches": ([[60]], "2 pitches"),
    "frames of many lengths": ([[60, 48], [60]], "not a grid"),
    "no frames": ([], "2 pitches"),
    "a number": (60, "2 pitches"),
    "words": ([["C", "E"]], "not a grid"),
    "a table": ({"a": 1}, "not a grid"),
    "a pitch above all": ([[128, 48]], "up to 127"),
    "a pitch between": ([[60.5, 48]], "whole"),
    "a number beyond counting": ([[10**400, 48]], "not a grid"),
    "silence": ([[-1, -1]], "no notes"),
    "more than a piece": ([[60, 48]] * 100_001, "more than"),
}


@pytest.mark.parametrize("name", WRONG_PIECES)
def test_a_piece_that_is_no_grid_is_named_and_the_others_kept(name: str, tmp_path: Path) -> None:
    wrong, why = WRONG_PIECES[name]
    grids = read_grids(write(tmp_path / "x.json", {"train": [wrong, [[60, 48]]]}), TWO)
    assert why in str(grids["train", 0])
    assert "\n" not in str(grids["train", 0])
    assert len(grids["train", 1]) == 2


WRONG_FILES = {
    "empty": ("", "not a readable JSON"),
    "cut short": ('{"train": [', "not a readable JSON"),
    "not text": ("\x00\x01", "not a readable JSON"),
    "nested without end": ("[" * 200_000, "not a readable JSON"),
    "a number without end": ("1" * 10_000, "not a readable JSON"),
    "a list": ("[]", "not a set of grids"),
    "no splits": ('{"songs": []}', "not a set of grids"),
    "a split that is no list": ('{"train": 3}', "not a set of grids"),
    "no pieces": ('{"train": []}', "no pieces"),
}


@pytest.mark.parametrize("name", WRONG_FILES)
def test_a_damaged_file_is_refused_in_a_few_words(name: str, tmp_path: Path) -> None:
    text, why = WRONG_FILES[name]
    with pytest.raises(BadFile, match=why) as caught:
        read_grids(write(tmp_path / "x.json", text), TWO)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be read"):
        read_grids(tmp_path / "x.json", TWO)
