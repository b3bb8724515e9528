"""Events say the same notes as the codec's bins; the model over them is trained and measured."""

import csv
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from live.codec import DURATION, PITCH, PITCHES, TIME, VELOCITY
from training.coded import Coded, code
from training.config import Config, TokenConfig, read_any_config
from training.corpus import prepare
from training.fit import fit
from training.midi_file import Piece
from training.roles import both_directions
from training.runs import LOG
from training.tokens.events import LONGEST, Events
from training.tokens.model import bits, build_core, fixed, task_of


@pytest.fixture(scope="module")
def tokens() -> TokenConfig:
    config = read_any_config("tokens")
    assert isinstance(config, TokenConfig)
    model = replace(config.model, units=8)
    return replace(config, model=model, fit=replace(config.fit, batch=2, steps=16))


def read(events: Events, stream: np.ndarray) -> list[tuple[int, int, int, int]]:
    """Onset and length in ticks, pitch, velocity bin of each note of a stream."""
    now, loud = 0, -1
    down: dict[int, tuple[int, int]] = {}
    notes = []
    for event in stream.tolist():
        if event < PITCHES:
            assert event not in down
            down[event] = (now, loud)
        elif event < 2 * PITCHES:
            began, velocity = down.pop(event - PITCHES)
            notes.append((began, now - began, event - PITCHES, velocity))
        elif event < 2 * PITCHES + LONGEST:
            now += event - 2 * PITCHES + 1
        else:
            loud = event - 2 * PITCHES - LONGEST
    assert not down
    return sorted(notes)


def said(coded: Coded, config: TokenConfig) -> list[tuple[int, int, int, int]]:
    """The same, from the bins; a key struck while it is down ends there; one struck twice at once
    is struck once, for as long as the longer."""
    fields = config.codec.fields
    onset = np.cumsum(fields[TIME].values[coded.bins[:, TIME]])
    length = np.maximum(1, fields[DURATION].values[coded.bins[:, DURATION]])
    columns = (onset, length, coded.bins[:, PITCH], coded.bins[:, VELOCITY])
    notes = [list(map(int, note)) for note in zip(*columns, strict=True)]
    once: dict[tuple[int, int], list[int]] = {}
    for note in notes:
        known = once.setdefault((note[0], note[2]), note)
        known[1], known[3] = max(known[1], note[1]), note[3]
    for note in once.values():
        later = [n[0] for n in notes if n[2] == note[2] and n[0] > note[0]]
        note[1] = min([note[1], *(at - note[0] for at in later)])
    return sorted(tuple(note) for note in once.values())  # type: ignore[misc]


def test_events_give_back_the_notes_that_the_bins_say(piece: Piece, tokens: TokenConfig) -> None:
    events = Events(tokens.codec)
    coded = code(piece, both_directions(piece)[0], tokens.codec, free=1.0)
    stream = events.write(coded)
    assert stream.max() < events.size
    assert read(events, stream) == said(coded, tokens)


def test_a_key_that_two_parts_strike_at_once_is_struck_once(
    piece: Piece, tokens: TokenConfig
) -> None:
    columns = {n: np.repeat(getattr(piece, n)[:3], 2) for n in piece.__dataclass_fields__}
    twice = Piece(**columns | {"voice": np.array([0, 2] * 3)})
    coded = code(twice, both_directions(twice)[0], tokens.codec, free=1.0)
    events = Events(tokens.codec)
    assert read(events, events.write(coded)) == said(coded, tokens)


def test_a_long_wait_is_several_events_and_a_velocity_is_said_once(
    piece: Piece, tokens: TokenConfig
) -> None:
    two = {name: getattr(piece, name)[:2] for name in piece.__dataclass_fields__}
    two |= {"second": np.array([0.0, 5.0]), "seconds": np.array([0.5, 0.5])}
    two |= {"velocity": np.array([80, 80]), "pitch": np.array([60, 62])}
    coded = code(Piece(**two), both_directions(Piece(**two))[0], tokens.codec, free=1.0)
    stream = Events(tokens.codec).write(coded)
    waits = [e - 2 * PITCHES + 1 for e in stream if 2 * PITCHES <= e < 2 * PITCHES + LONGEST]
    assert waits[0] == 24
    assert sum(waits[:-1]) == 240
    assert max(waits) == LONGEST
    assert sum(e >= 2 * PITCHES + LONGEST for e in stream) == 1


def test_bits_are_those_of_the_whole_stream(
    folder: Path, config: Config, tokens: TokenConfig, tmp_path: Path
) -> None:
    pieces = prepare([folder], config.corpus).split("test")[:2]
    keras.utils.set_random_seed(0)
    size = Events(tokens.codec).size
    core = build_core(size, tokens.model)
    core.save_weights(tmp_path / "w.weights.h5")
    stream = fixed(pieces, tokens)[0]
    heard = np.append(size, stream[:-1])[None]
    state = np.zeros((1, 2, 8), np.float32)
    logits = np.asarray(core({"heard": heard, "state": state})["event"], np.float64)[0]
    logs = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    expected = -logs[np.arange(len(stream)), stream].sum() / np.log(2)
    assert bits(tmp_path / "w.weights.h5", pieces, tokens)[0] == pytest.approx(expected, rel=1e-4)


def test_a_training_says_its_bits(
    folder: Path, config: Config, tokens: TokenConfig, tmp_path: Path
) -> None:
    corpus = prepare([folder], config.corpus)
    told: list[str] = []
    once = replace(tokens, fit=replace(tokens.fit, passes=1))
    best = fit(once, task_of(once, corpus), tmp_path, say=told.append)
    pieces = corpus.split("valid")
    events = sum(map(len, fixed(pieces, tokens)))
    expected = sum(bits(best, pieces, tokens)) / events
    with (tmp_path / LOG).open() as file:
        row = next(csv.DictReader(file))
    assert float(row["val_bits"]) == pytest.approx(expected, rel=1e-3)
    assert float(row["val_event"]) == float(row["val_bits"])
    assert f"{expected:.3f}"[:4] in told[0]
