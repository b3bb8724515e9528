"""Grids and their notes are one to one, and so is what they cost."""

import json
from argparse import Namespace
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from live.codec import PITCH, PITCHES, Codec
from live.errors import UserError
from live.models.asking import Ask
from live.models.note_model import Step
from training.benchmarks import chorales
from training.benchmarks.chorales.context import (
    ORDER,
    SILENCE,
    WIDEST,
    cells_of,
    recalled,
    symbols_of,
)
from training.benchmarks.chorales.grids import LONGEST, Chorale, read
from training.benchmarks.chorales.notes import Frames, Rules, measure

CHORD = [72, 67, 64, 48]


def write(path: Path, table: Any) -> Path:
    path.write_text(json.dumps(table))
    return path


class Dice:
    """A note model whose logits depend on nothing, or on all that was heard."""

    def __init__(self, seed: int | None = None) -> None:
        self.codec = Codec.make(4, "SATB", time=[0, 1, 4], velocity=[64, 72], duration=[1, 2, 5])
        self.seed, self.path = seed, Path("four.onnx")
        self.anything = Ask(np.ones(148, np.float32), np.full(5, -1), np.ones(5, np.float32))
        self.start, self.no_chance = np.zeros(1, np.float32), np.zeros(148, np.float32)

    def step(self, state: Any, heard: Any, *others: Any) -> Step:
        state = np.append(state, heard).astype(np.float32)
        logits = np.zeros(sum(self.codec.sizes), np.float32)
        if self.seed is not None:
            rng = np.random.default_rng([self.seed, *state.astype(int)])
            logits = rng.normal(size=logits.shape).astype(np.float32)
            logits[self.codec.slices[PITCH]] = 0
        return Step(heard, logits, state)


def chorales_of(grids: Iterable[Any], folder: Path) -> list[Chorale]:
    table = {"valid": [np.asarray(grid).tolist() for grid in grids]}
    return read(write(folder / "valid.json", table), ["valid"])["valid"]


def nats(model: Any, grids: Iterable[Any], folder: Path) -> list[float]:
    measured = [measure(model, chorale) for chorale in chorales_of(grids, folder)]
    return [float(m.notes.sum() + m.end) for m in measured]


def test_a_grid_is_its_notes(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        grid = rng.choice([-1, 60, 62], size=(12, 4), p=[0.2, 0.5, 0.3])
        grid[0, 0] = 60
        (chorale,) = chorales_of([grid], tmp_path)
        assert chorale.grid().tolist() == grid.tolist()


def test_every_note_of_a_chord_costs_what_was_left_to_choose(tmp_path: Path) -> None:
    now, pitch = np.log(3), np.log(PITCHES)
    # Soprano to bass in turn; after the bass all sound to the end, which is sure.
    expected = 3 * now + np.log(4 * 3 * 2 * 1) + 4 * pitch + now
    assert nats(Dice(), [[CHORD]], tmp_path) == [pytest.approx(expected)]


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_all_grids_together_have_probability_one(tmp_path: Path, seed: int | None) -> None:
    model = Dice(seed)
    shapes = {  # of two frames, by how many pairs of pitches each stands for
        (-1, -1): 1,
        (-1, 60): PITCHES,
        (60, -1): PITCHES,
        (60, 60): PITCHES,
        (60, 61): PITCHES * (PITCHES - 1),
    }
    first = Frames(model.codec, 0, 0).logs(
        model.step(model.start, model.codec.nothing).logits, Rules().times()
    )
    total = float(np.exp(first[2:]).sum())  # that of silence throughout
    some = [voices for voices in product(shapes, repeat=4) if np.max(voices) >= 0]
    costs = nats(model, [np.transpose(voices) for voices in some], tmp_path)
    for voices, cost in zip(some, costs, strict=True):
        total += np.prod([float(shapes[v]) for v in voices]) * np.exp(-cost)
    assert total == pytest.approx(1)


def test_a_bin_is_shared_evenly_by_its_sixteenths() -> None:
    codec = Codec.make(4, "SATB", time=[0, 1, 2, 6], velocity=[64, 72], duration=[1, 2])
    logits = np.zeros(sum(codec.sizes), np.float32)
    logits[:4] = np.log([0.1, 0.2, 0.3, 0.4])
    odds = np.exp(Frames(codec, 0, 0).logs(logits, np.arange(LONGEST + 1) >= 0))
    assert odds[:4] == pytest.approx([0.1, 0.2, 0.15, 0.15])  # 3 is nearer to 2 than to 6
    assert odds[4:] == pytest.approx(0.4 / (LONGEST - 3))  # from 4, as near to both


def test_what_may_come_next() -> None:
    rules = Rules()
    for voice, length in enumerate((4, 2, 4, 6)):
        rules.add(0, voice, CHORD[voice], length)
    assert rules.times()[:4].tolist() == [False, False, True, True]
    assert rules.voices(2).tolist() == [False, True, False, False]
    assert rules.voices(4).tolist() == [True, True, True, False]
    assert not rules.pitches(2, 1)[67]  # that would be one long note
    assert rules.pitches(3, 1).all()
    rules.add(2, 1, 65, 2)  # now all but the bass end together
    rules.add(2, 0, 74, 4)
    assert rules.times()[0]  # the alto's turn, or the tenor's
    assert rules.voices(0).tolist() == [False, True, True, False]


def test_a_symbol_is_a_step_from_the_last_pitch_of_its_voice() -> None:
    grid = np.array([[70, 64, 58, 48], [72, -1, 58, 48], [72, 63, 30, -1]])
    step = WIDEST
    assert symbols_of(grid).tolist() == [
        [step, step, step, step],
        [step + 2, SILENCE, step, step],
        [step, step - 1, SILENCE + 1, SILENCE],
    ]


def test_the_longest_stretch_heard_before_is_recalled() -> None:
    line = np.array([1, 2, 3, 9, 2, 3, 7, 1, 2, 3])[:, None] + 60
    found, length = recalled(np.repeat(line, 4, axis=1))
    # After 9 2 3 the 3 9 of "2 3 9"; after 1 the first 2; after 1 2 3 the first 9, not the 7.
    assert found.tolist() == [-1, -1, -1, -1, -1, 2, 3, -1, 1, 2]
    assert length.tolist() == [0, 0, 0, 0, 0, 1, 2, 0, 1, 2]


def random_grid(rng: np.random.Generator, frames: int) -> np.ndarray:
    steps = rng.choice([-2, 0, 0, 0, 1], size=(frames, 4))
    return np.array(CHORD) + np.cumsum(steps, axis=0)


def test_a_cell_is_foretold_from_earlier_cells_alone() -> None:
    rng = np.random.default_rng(1)
    grid = random_grid(rng, 40)
    cells = cells_of(grid)
    assert (cells.choices.max(axis=(0, 1)) < cells.sizes).all()
    assert cells.choices.min() >= 0
    for rank, voice in enumerate(ORDER):
        other = grid.copy()
        other[21:] = random_grid(rng, 19)
        other[20, list(ORDER[rank:])] += 5
        others = cells_of(other)
        for a, b in ((cells.choices, others.choices), (cells.amounts, others.amounts)):
            np.testing.assert_array_equal(a[:20], b[:20])
            np.testing.assert_array_equal(a[20, voice], b[20, voice])
        assert (others.choices[21] != cells.choices[21]).any()


def test_in_another_key_all_is_the_same_but_the_first_chord() -> None:
    grid = random_grid(np.random.default_rng(2), 40)
    here, higher = cells_of(grid), cells_of(grid + 3)
    np.testing.assert_array_equal(here.symbols[1:], higher.symbols[1:])
    differs = (here.choices[34:] != higher.choices[34:]).any(axis=(0, 1))
    assert differs.sum() == 1  # only how high the voice is
    np.testing.assert_allclose(here.amounts[1:], higher.amounts[1:])


def test_both_models_are_measured_on_every_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from training.benchmarks.chorales import network

    for name, value in {"UNITS": 4, "BATCH": 16, "PASSES": 2, "WARMUP": 2, "RATE": 0.05}.items():
        monkeypatch.setattr(network, name, value)
    grid = np.tile(CHORD, (16, 1))
    grid[8:, 0] = 74
    path = write(tmp_path / "x.json", {s: [grid.tolist()] * 2 for s in ("train", "valid", "test")})
    monkeypatch.setattr(chorales.NoteModel, "open", lambda _: four_voices())
    given = Namespace(model=tmp_path / "four.onnx", grids=path, out=tmp_path)
    said: list[str] = []
    figures = chorales.run(given, said.append)
    assert figures["cells"] == {"valid": 128, "test": 128}
    note, cell = figures["ours"]["four.onnx"]["valid"], figures["ours"]["grid network"]["valid"]
    expected = nats(four_voices(), [grid], tmp_path)[0] / 64
    assert note["nats"] == pytest.approx(expected, abs=1e-4)
    assert sum(note["of_it"].values()) == pytest.approx(note["nats"], abs=5e-4)
    assert 0 < cell["nats"] < 3  # evenly spread it would be 3.6
    assert cell["nats"] == pytest.approx(np.mean(cell["by_voice"]), abs=1e-3)
    assert figures["under_it"] == {
        n: v["valid"]["nats"] < 0.335 for n, v in figures["ours"].items()
    }
    assert "Music Transformer" in chorales.table(figures)
    trained = len(said)
    assert chorales.run(given, said.append) == figures  # from the weights it kept
    assert len(said) < 2 * trained


def four_voices() -> Any:
    model: Any = Dice(1)
    model.sha256 = "none"
    return model


def test_what_cannot_be_measured_is_said_in_a_line(tmp_path: Path, tiny: Path) -> None:
    path = write(tmp_path / "x.json", {"valid": [[CHORD]], "test": [[CHORD]]})
    with pytest.raises(UserError, match="give a model of 4 voices"):
        chorales.run(Namespace(model=tiny, grids=path, out=tmp_path), print)
    with pytest.raises(UserError, match="no train pieces"):
        read(path, ["train", "test"])
    with pytest.raises(UserError, match="Jsb16thSeparated"):
        read(tmp_path / "none.json", ["valid"])
    with pytest.raises(UserError, match="more than 256 sixteenths"):
        read(write(path, {"valid": [[CHORD] * 257]}), ["valid"])
