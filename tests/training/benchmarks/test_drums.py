"""What a drummer played beside what a model says, from one score."""

from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pytest

from live.errors import UserError
from live.models.note_model import Chance, NoteModel
from training.benchmarks import drums
from training.benchmarks.drums.drummer import followed, median, played
from training.benchmarks.drums.score import Hit, performance, read
from training.midi_file import Piece

TICKS = 480
HEAD = "midi_filename,bpm,time_signature,split\n"
SCORE = tuple(
    Hit(sixteenth, off, pitch, 90)
    for sixteenth, off, pitch in (
        (0, 0.0, 36),
        (0, 0.02, 42),
        (2, -0.03, 42),
        (4, 0.04, 38),
        (4, 0.01, 22),
        (31, 0.0, 51),
    )
)


def piece(*hits: tuple[float, int, int]) -> Piece:
    """Hits as beat, pitch and velocity."""
    beat, pitch, velocity = (np.array(column) for column in zip(*hits, strict=True))
    same = np.zeros(len(beat))
    return Piece(
        beat, same, same, same, same, same + 4, same.astype(int), pitch, velocity.astype(int)
    )


@pytest.fixture(scope="module")
def model(tiny: Path) -> NoteModel:
    return NoteModel.open(tiny)


def chance(model: NoteModel) -> Chance:
    return Chance(np.random.default_rng(1), model.codec)


def test_a_hit_belongs_to_the_nearest_sixteenth_and_the_loudest_counts() -> None:
    found = performance(
        piece((0.27, 36, 50), (0.24, 36, 80), (0.26, 38, 60), (0.30, 40, 40), (0.5, 99, 90)), 120
    )
    assert found.beat == 500
    assert [(h.sixteenth, h.drum, h.velocity) for h in found.hits] == [(1, 0, 80), (1, 1, 60)]
    assert [h.off for h in found.hits] == pytest.approx([-0.01, 0.01])


def test_windows_are_two_whole_bars_that_begin_a_bar_apart() -> None:
    found = performance(piece((0, 36, 50), (4.01, 38, 50), (8, 36, 50), (9, 42, 50)), 120)
    first, second = found.windows()
    assert [(h.sixteenth, h.pitch) for h in first] == [(0, 36), (16, 38)]
    assert [(h.sixteenth, h.pitch) for h in second] == [(0, 38), (16, 36), (20, 42)]
    assert second[0].off == pytest.approx(0.01)
    assert not list(performance(piece((0, 36, 50), (3, 36, 50)), 120).windows())


def test_the_median_lies_inside_its_tick() -> None:
    odds = np.array([[0, 0, 1, 0], [0.25, 0.25, 0.25, 0.25], [0, 0.6, 0.4, 0], [0, 0, 4, 4]])
    assert median(odds) * 4 == pytest.approx([0, -0.5, -1.5 + 0.5 / 0.6, 0.5])


def test_a_score_is_played_once_each_within_half_a_sixteenth(model: NoteModel) -> None:
    odds = played(model, SCORE, chance(model))
    assert odds.shape == (6, 6)
    assert odds.sum(axis=1) == pytest.approx(1)
    assert np.sort(odds[:2].max(axis=1))[-1] == 1  # one of the first two has nothing before it
    assert (odds > 0).sum(axis=1)[2] > 1
    np.testing.assert_array_equal(odds, played(model, SCORE, chance(model)))


def test_what_was_played_is_not_looked_at_nor_what_comes_later(model: NoteModel) -> None:
    odds = played(model, SCORE, chance(model))
    otherwise = [replace(hit, off=0.1, velocity=20) for hit in SCORE]
    np.testing.assert_array_equal(odds, played(model, otherwise, chance(model)))
    np.testing.assert_array_equal(odds[:5], played(model, SCORE[:5], chance(model)))


def test_following_each_hit_is_foretold_from_those_before_it_as_played(model: NoteModel) -> None:
    odds = followed(model, SCORE)
    last = [*SCORE[:5], replace(SCORE[5], off=0.1, velocity=20)]
    np.testing.assert_array_equal(odds, followed(model, last))
    late = [replace(SCORE[0], velocity=20), *SCORE[1:]]
    assert not np.array_equal(odds[2:], followed(model, late)[2:])


def test_the_network_sees_the_score_about_each_hit_but_no_timing() -> None:
    from training.benchmarks.drums.network import REACH, TEMPOS, seen

    rows = seen(SCORE, 500.0)
    about = rows[:, : (2 * REACH + 1) * 10].reshape(len(SCORE), 2 * REACH + 1, 10)
    first, last = about[0], about[-1]
    assert {(int(at) - REACH, int(drum)) for at, drum in np.argwhere(first[:, :9])} == {
        (0, 0), (0, 2), (2, 2), (4, 1), (4, 2),
    }  # fmt: skip
    assert first[:, 9].tolist() == [0] * REACH + [1] * (REACH + 1)
    assert last[:, 9].tolist() == [1] * (REACH + 1) + [0] * REACH
    tempos = len(TEMPOS)
    where = rows[:, :-tempos]
    assert where[:, -25:-16].argmax(axis=1).tolist() == [0, 2, 2, 1, 2, 8]
    assert where[:, -16:].argmax(axis=1).tolist() == [0, 0, 2, 4, 4, 15]
    late = [replace(hit, off=0.1, velocity=9) for hit in SCORE]
    np.testing.assert_array_equal(rows, seen(late, 500.0))
    assert rows[:, -tempos:].sum(axis=1).tolist() == [6] * len(SCORE)  # 60 to 110


def write_groove(folder: Path, write_midi: Callable[..., Path]) -> Path:
    """One performance for training and one to test, each hit 1/48 of a beat late."""
    rows = []
    for split in ("train", "test"):
        hits = [(beat + 1 / 48, 0.1, pitch, 90) for beat in range(9) for pitch in (36, 42)]
        path = write_midi(folder / f"{split}.mid", {"": hits}, [(0, 4, 4)])
        file = mido.MidiFile(path)
        for track in file.tracks:
            track[:] = [m.copy(channel=9) if hasattr(m, "channel") else m for m in track]
        file.save(path)
        rows.append(f"{split}.mid,120,4-4,{split}\n")
    (folder / "info.csv").write_text(HEAD + "".join(rows) + "none.mid,120,3-4,test\n")
    return folder


def test_errors_are_in_ms(
    tmp_path: Path, tiny: Path, write_midi: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from training.benchmarks.drums import network

    monkeypatch.setattr(drums, "TIMES", 1)
    for name, value in {
        "UNITS": (4,),
        "MANY": 1,
        "PASSES": 60,
        "RATE": 0.01,
        "DROPOUT": 0.0,
    }.items():
        monkeypatch.setattr(network, name, value)
    folder = write_groove(tmp_path, write_midi)
    figures = drums.run(Namespace(model=tiny, folder=folder, out=tmp_path), lambda _: None)
    ms = figures["timing_mae_ms"]
    assert ms[drums.GRID] == pytest.approx(500 / 48, abs=0.01)
    assert ms[drums.USUAL] == 0
    assert ms[drums.NETWORK] < ms[drums.GRID] / 2  # it has learned that all are late
    assert (figures["windows"], figures["hits"]) == (2, 16 + 10)
    assert figures["under_it"] == {n: ms[n] < 18.8 for n in (drums.OURS, drums.NETWORK)}
    assert "18.80" in drums.table(figures)


def test_a_folder_that_is_not_the_data_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"info\.csv"):
        read(tmp_path, "test")
    (tmp_path / "info.csv").write_text(HEAD + "gone.mid,120,4-4,test\n")
    with pytest.raises(UserError, match=r"gone\.mid"):
        read(tmp_path, "test")
    with pytest.raises(UserError, match="nothing in 4/4 for train"):
        read(tmp_path, "train")
