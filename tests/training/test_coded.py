"""Pieces become the numbers that a model reads; what it learned from is what it hears on stage."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from live.codec import DURATION, PART, PITCH, TIME, VELOCITY
from live.memory import Matcher
from live.models.note_model import NoteModel, Step
from live.notes import MACHINE, PLAYER, Note
from live.reader import Reader
from live.tempo.grid import Free
from training.coded import augment, code, longest_matches
from training.config import Config
from training.evaluate import step_through
from training.midi_file import BEATLESS_RATE, Piece, read_piece
from training.roles import PATTERNS, both_directions, draw_roles

DIRECTIONS = pytest.mark.parametrize("direction", [0, 1])


def notes_of(piece: Piece, roles, config: Config) -> list[Note]:
    """The piece as notes in the order in which it is coded, in seconds."""
    parts = config.codec.parts
    sides, voices = roles
    part = sides * len(config.codec.voices) + voices
    order = np.lexsort((piece.pitch, part, np.round(piece.second * 48)))
    return [
        Note(float(piece.second[i]), parts[part[i]], int(piece.pitch[i]), int(piece.velocity[i]),
             float(piece.seconds[i]))
        for i in order
    ]  # fmt: skip


@DIRECTIONS
def test_bins_say_what_the_piece_says(piece: Piece, config: Config, direction: int) -> None:
    codec = config.codec
    roles = both_directions(piece)[direction]
    coded = code(piece, roles, codec)
    notes = notes_of(piece, roles, config)
    fields = codec.fields
    assert [codec.parts[p] for p in coded.bins[:, PART]] == [n.part for n in notes]
    assert coded.bins[:, PITCH].tolist() == [n.pitch for n in notes]
    for bins, note in zip(coded.bins, notes, strict=True):
        assert abs(fields[VELOCITY].decode(bins[VELOCITY]) - note.velocity) <= 4
    ticks = np.cumsum(fields[TIME].values[coded.bins[:, TIME]])
    beats = np.array([n.onset for n in notes]) * 2  # at 120 to the minute
    np.testing.assert_array_equal(ticks, np.round((beats - beats[0]) * 24))


@DIRECTIONS
def test_nobody_knows_how_long_the_players_notes_will_be(piece, config, direction: int) -> None:
    coded = code(piece, both_directions(piece)[direction], config.codec)
    sides = np.array([config.codec.parts[p].side for p in coded.bins[:, PART]])
    unknown = coded.heard[:, DURATION] == config.codec.fields[DURATION].none
    np.testing.assert_array_equal(unknown, sides == PLAYER)
    same = coded.heard[:, :DURATION] == coded.bins[:, :DURATION]
    assert same.all()
    assert (coded.heard[sides == MACHINE] == coded.bins[sides == MACHINE]).all()


def test_a_score_has_no_velocity_to_hear_nor_to_foretell(piece: Piece, config: Config) -> None:
    score = replace(piece, velocity=np.zeros_like(piece.velocity))
    played, written = (code(p, both_directions(p)[0], config.codec) for p in (piece, score))
    none = config.codec.fields[VELOCITY].none
    assert set(written.heard[:, VELOCITY]) == {none}
    assert not (played.heard[:, VELOCITY] == none).any()
    assert written.counts().sum(axis=0).tolist() == [*3 * [len(score)], 0, len(score)]
    assert played.counts().all()
    others = [0, 1, 2, 4]
    assert np.array_equal(written.heard[:, others], played.heard[:, others])


def test_position_here_follows_from_the_one_before_and_the_time(piece, config) -> None:
    coded = code(piece, both_directions(piece)[0], config.codec)
    assert coded.before[0] == coded.here[0] == -1
    ticks = config.codec.fields[TIME].values[coded.bins[:, TIME]]
    np.testing.assert_array_equal(coded.here[1:], ((coded.before + ticks) % coded.bar)[1:])
    np.testing.assert_array_equal(coded.before[2:], coded.here[1:-1])
    free = code(piece, both_directions(piece)[0], config.codec, free=1.0)
    assert set(free.before) == set(free.here) == {-1}


@pytest.mark.parametrize("free", [None, 1.3])
def test_what_sounds_is_what_has_begun_and_not_ended(piece, config, free) -> None:
    coded = code(piece, both_directions(piece)[0], config.codec, free=free)
    sounding = coded.sounding()
    for n in range(len(coded)):
        begun = [m for m in range(n + 1) if m == n or coded.until[m] > n]
        assert set(np.flatnonzero(sounding[n])) == {int(coded.bins[m, PITCH]) for m in begun}


@pytest.mark.parametrize("semitones", [100, -100])
def test_a_transposition_out_of_range_is_refused(piece, config, semitones: int) -> None:
    with pytest.raises(ValueError, match="MIDI range"):
        code(piece, both_directions(piece)[0], config.codec, transpose=semitones)


def test_readings_are_drawn_from_the_seed_and_stay_in_range(piece, config) -> None:
    for seed in range(20):
        one, two = (
            augment(piece, config.codec, config.augment, np.random.default_rng(seed))
            for _ in range(2)
        )
        np.testing.assert_array_equal(one.bins, two.bins)
        assert (one.bins >= 0).all()
        assert (one.bins < config.codec.sizes).all()


def test_a_bar_shorter_than_a_tick_harms_nothing(piece: Piece, config: Config) -> None:
    short = replace(piece, bar=np.full_like(piece.bar, 0.001), in_bar=np.zeros_like(piece.in_bar))
    coded = code(short, both_directions(short)[0], config.codec)
    assert (coded.bar >= 1).all()
    assert (coded.here < coded.bar).all()


# ---- roles


def test_both_directions_are_each_others_opposite(piece: Piece) -> None:
    (one, voices), (two, same) = both_directions(piece)
    np.testing.assert_array_equal(one, 1 - two)
    np.testing.assert_array_equal(voices, same)
    np.testing.assert_array_equal(two == 1, piece.voice == 0)


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_gives_every_note_a_side_and_both_sides_play(
    name: str, write_song, tmp_path: Path, config: Config
) -> None:
    piece = read_piece(write_song(tmp_path / "x.mid", 1, bars=18), config.corpus)
    for seed in range(10):
        sides, voices = PATTERNS[name](piece, np.random.default_rng(seed))
        assert set(sides) == {0, 1}
        assert len(sides) == len(voices) == len(piece)


def test_parts_keep_to_one_side_and_phrases_change_at_bars(piece: Piece) -> None:
    rng = np.random.default_rng(0)
    sides, _ = PATTERNS["parts"](piece, rng)
    for voice in set(piece.voice):
        assert len(set(sides[piece.voice == voice])) == 1
    sides, _ = PATTERNS["phrases"](piece, rng)
    bars = np.round((piece.beat - piece.in_bar) / 4)
    for bar in set(bars):
        assert len(set(sides[bars == bar])) == 1


def test_patterns_are_drawn_by_their_weights(piece: Piece) -> None:
    rng = np.random.default_rng(0)
    lone = [len(set(draw_roles(piece, {"parts": 1, "solo": 3}, rng)[1])) == 1 for _ in range(200)]
    assert 0.65 < np.mean(lone) < 0.85


# ---- what it learned from is what it hears on stage


@pytest.mark.parametrize("keys", [1, 2, 5, 128])
@pytest.mark.parametrize("count", [0, 1, 2, 15, 16, 17, 400])
def test_a_whole_piece_recalls_what_its_notes_one_by_one_do(keys: int, count: int) -> None:
    pitches = np.random.default_rng(count).integers(128 - keys, 128, count)
    matcher = Matcher()
    one_by_one = [matcher.add(int(pitch)) for pitch in pitches]
    found, match = longest_matches(pitches)
    assert list(zip(found, match, strict=True)) == one_by_one


@DIRECTIONS
def test_the_stage_hears_what_training_read(
    write_song, tmp_path: Path, config: Config, tiny: Path, direction: int
) -> None:
    """The same notes, through live.reader and through the arrays: the same numbers to the model,
    and the same probabilities from it."""
    model = NoteModel.open(tiny)
    assert model.codec == config.codec
    # The same four bars three times, so that there is much to recall.
    four = read_piece(write_song(tmp_path / "x.mid", 7), config.corpus)
    piece = replace(four, **{
        column: np.concatenate([getattr(four, column) + by * n for n in range(3)])
        for column, by in {
            **dict.fromkeys(("beats", "seconds", "in_bar", "bar", "voice", "pitch", "velocity"), 0),
            "beat": 16, "second": 8,
        }.items()
    })  # fmt: skip
    roles = both_directions(piece)[direction]
    coded = code(piece, roles, model.codec, free=1.0)
    notes = notes_of(piece, roles, config)
    fed: list[tuple] = []
    step = model.step

    def listen(state, heard, sounding, ask, chance, position=-1, bar=1, recall=None):
        fed.append((heard, sounding, position, recall))
        return step(state, heard, sounding, ask, chance, position, bar, recall)

    model.step = listen  # type: ignore[method-assign]
    reader = Reader(model, Free(BEATLESS_RATE * model.codec.ticks_per_beat))
    cursor = reader.start()
    logs = []
    for n, note in enumerate(notes):
        for m in np.flatnonzero(coded.until == n):
            if notes[m].part.side == PLAYER:
                reader.ended(notes[m])
        forced = replace(model.anything, forced=coded.bins[n])
        foretold = reader.foretell(cursor, forced, model.no_chance)
        logs.append(
            model.log_probability(Step(foretold.bins, foretold.logits, foretold.state), forced)
        )
        sounds = {m.pitch for m in notes[: n + 1] if m.end > note.onset + 1e-9}
        cursor = reader.read(cursor, note, sounds)

    sounding = coded.sounding()
    assert len(fed) == len(coded)  # no note is stepped twice
    assert (coded.match > 0).sum() > len(coded) / 2
    for n, (heard, sounds, position, recall) in enumerate(fed):
        np.testing.assert_array_equal(heard, coded.heard[n - 1] if n else model.codec.nothing)
        np.testing.assert_array_equal(sounds, sounding[n - 1] if n else np.zeros(128))
        np.testing.assert_array_equal(recall.note, coded.recalled[n])
        assert recall.match == coded.match[n]
        assert position == coded.before[n] == -1
    evaluated, _ = step_through(NoteModel.open(tiny), coded)
    np.testing.assert_array_equal(np.array(logs), evaluated)
