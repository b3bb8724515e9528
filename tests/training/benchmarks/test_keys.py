"""How well the key is followed, on songs whose keys are written beside them."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from live import tonality
from live.errors import UserError
from training.benchmarks import keys, protocol

# "God Save the King", twelve bars of three beats and more: semitones above the tonic.
KING = (0, 0, 2, -1, 0, 2, 4, 4, 5, 4, 2, 0, 2, 0, -1, 0, 7, 7, 7, 7, 5, 4, 5, 5, 5, 5, 4, 2)
BEATS = 4 * len(KING)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, write_midi: Callable) -> Path:
    """One song that keeps its key, and one that goes a tone up after half of it, both at 120."""
    folder = tmp_path_factory.mktemp("keys")
    for name, up, said in (
        ("stays", 0, "0.0 99.0 C:maj\n"),
        ("moves", 2, f"0.0 {BEATS / 4} A:min\n{BEATS / 4} 99.0 D:maj\n"),
    ):
        melody = [
            (float(at), 0.9, 60 + KING[at % len(KING)] + up * (at >= BEATS // 2), 80)
            for at in range(BEATS)
        ]
        write_midi(folder / name / f"{name}.mid", {"MELODY": melody}, [(0, 4, 4)])
        (folder / name / keys.ANNOTATED).write_text(said)
    return folder


def given(*arguments: object) -> Namespace:
    parser = ArgumentParser()
    protocol("keys").add(parser)
    return parser.parse_args([str(a) for a in arguments])


def test_moves_are_told_from_songs_that_keep_their_key(folder: Path) -> None:
    figures = keys.run(given(folder), lambda _: None)
    assert json.loads(json.dumps(figures)) == figures
    assert figures["still"] == {"songs": 1, "elsewhere": 0, "moves_a_song": 0}
    (own,) = figures["own"]
    assert (own["song"], own["semitones"], own["later"]) == ("moves", 2, 1)
    assert own["beats"] < 12
    assert figures["transposed"]["2"]["32"] == figures["transposed"]["6"]["32"] == 1
    assert "1 of 1 followed and held" in keys.table(figures)


def test_the_tables_are_of_scale_degrees_in_whatever_key() -> None:
    tunes = [np.array(KING * 4) + 60 + up for up in (0, 1, 5, 8)]
    tables = keys.learn(tunes)
    assert [len(row) for row in tables["after"]] == [keys.KEYS] * keys.KEYS
    assert sorted(np.argsort(tables["all"])[-6:]) == [0, 2, 4, 5, 7, 11]
    assert np.argmax(tables["after"][11]) == 0
    assert keys.learn(tunes[::-1]) == tables
    assert len(tonality.AFTER) == len(tables["after"])


def test_a_folder_without_a_melody_or_with_keys_that_mean_nothing_is_said(
    folder: Path, tmp_path: Path, write_midi: Callable
) -> None:
    with pytest.raises(UserError, match="there is no folder"):
        keys.run(given(folder / "none"), lambda _: None)
    with pytest.raises(UserError, match="no melody"):
        keys.run(given(tmp_path), lambda _: None)
    write_midi(tmp_path / "1" / "1.mid", {"MELODY": [(0.0, 1.0, 60, 80)]})
    (tmp_path / "1" / keys.ANNOTATED).write_text("0.0 9.0 H:maj\n")
    with pytest.raises(UserError, match="does not say keys"):
        keys.run(given(tmp_path), lambda _: None)
