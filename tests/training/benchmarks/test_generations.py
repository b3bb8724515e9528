"""Measures of generated music, by hand, and the benchmark on little songs of its own."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from live.codec import DURATION, PART, PITCH, TIME, VELOCITY
from live.errors import UserError
from live.models.note_model import NoteModel
from live.notes import MACHINE, Part
from training.baselines import Coded, fit
from training.benchmarks import generations
from training.benchmarks.generations.bench import draw_bench, measure
from training.benchmarks.generations.notes import in_bins
from training.benchmarks.generations.subjects import continued
from training.benchmarks.generations.walk import walk
from training.config import read_config
from training.corpus import Corpus, prepare
from training.measures import statistics as s
from training.measures.classifier import told_apart
from training.measures.copied import Runs, copied, longest, symbols
from training.measures.excerpts import Excerpt, stretches


def excerpt(*notes: tuple[float, float, int], bars: int = 2, bar: float = 4.0) -> Excerpt:
    """Of notes as onset and length in beats, and pitch."""
    onset, beats, pitch = (np.array(column) for column in zip(*notes, strict=True))
    flat = np.zeros(len(notes), np.int64)
    return Excerpt(onset.astype(float), beats.astype(float), pitch, flat + 64, flat, bars, bar)


def scale(*pitches: int) -> Excerpt:
    return excerpt(*((float(i), 1.0, p) for i, p in enumerate(pitches)), bars=3)


def test_two_histograms_share_what_lies_under_both() -> None:
    assert s.overlap(np.array([4.0, 0.0]), np.array([0.0, 2.0])) == 0
    assert s.overlap(np.array([4.0, 4.0]), np.array([1.0, 1.0])) == 1
    assert s.overlap(np.array([3.0, 1.0]), np.array([1.0, 3.0])) == 0.5


def test_the_divergence_is_that_of_the_smoothed_shares() -> None:
    # With a half added, 3/4 and 1/4 against 1/4 and 3/4.
    p, q = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    assert s.divergence(p, q) == pytest.approx(0.5 * np.log2(3))
    assert s.divergence(p, p) == 0


def test_relative_measures_tell_a_set_from_another() -> None:
    rng = np.random.default_rng(0)
    real, same, other = (rng.normal(at, 1, (40, 3)) for at in (0, 0, 9))
    assert s.relative(same, real)["oa"] > 0.9
    assert s.relative(other, real)["oa"] < 0.1
    assert s.relative(other, real)["kl"] > s.relative(same, real)["kl"]


def test_the_top_line_is_the_highest_note_of_each_moment() -> None:
    chords = excerpt((0, 1, 60), (0, 1, 72), (1, 1, 71), (1, 1, 50), (2, 1, 74))
    assert s.top_line(chords).tolist() == [72, 71, 74]
    counts = s.histogram("interval", chords)
    assert {int(i) - s.LEAP for i in np.flatnonzero(counts)} == {-1, 3}


def test_lengths_are_counted_by_their_doublings() -> None:
    lengths = excerpt(*((0, beats, 60) for beats in (0.1, 0.25, 0.3, 0.5, 0.9, 1.1, 20)))
    assert s.histogram("length", lengths).tolist() == [3, 1, 2, 0, 0, 1]


def test_polyphony_counts_only_where_something_sounds() -> None:
    # Two beats of one note and one beat of two: (8 x 1 + 4 x 2) / 12 sixteenths.
    assert s.polyphony(excerpt((0, 3, 60), (1, 1, 64))) == pytest.approx(16 / 12)


@pytest.mark.parametrize(
    ("pitches", "share"),
    [((60, 62, 64, 65, 67, 69, 71), 1.0), (tuple(range(60, 72)), 7 / 12), ((62, 66, 69), 1.0)],
)
def test_scale_consistency(pitches: tuple[int, ...], share: float) -> None:
    assert s.scale_consistency(scale(*pitches)) == pytest.approx(share)


def test_groove_is_the_share_of_sixteenths_on_which_two_bars_agree() -> None:
    beats = [(float(b), 1.0, 60) for b in range(4)]
    nothing = excerpt((0, 1, 60))
    again = excerpt(*beats, *((b + 4, n, p) for b, n, p in beats))
    assert s.groove_consistency(again, nothing) == 1
    assert s.groove_consistency(excerpt(*beats), nothing) == 1 - 4 / 16


def test_bars_repeat_what_was_heard_and_empty_ones_nothing() -> None:
    context = excerpt((0, 1, 60), (4, 1, 62))
    made = excerpt((0, 1, 62), (4, 1, 65), (8, 1, 65), bars=4)
    assert s.repeated_bars(made, context) == pytest.approx(2 / 3)
    assert s.empty_bars(made) == 1 / 4


def test_how_far_apart_versions_lie() -> None:
    one, other = excerpt((0, 1, 60), (1, 1, 62)), excerpt((0, 1, 60), (1, 1, 64))
    assert s.spread([one, one]) == 0
    assert s.spread([one, other]) == pytest.approx(1 - 1 / 3)


# ---- copying


def longest_by_hand(made: list[int], known: list[list[int]]) -> int:
    def runs(notes: list[int]) -> set[tuple[int, ...]]:
        places = range(len(notes) + 1)
        return {tuple(notes[i:j]) for i in places for j in places if i < j}

    return max(map(len, runs(made) & set().union(*map(runs, known))), default=0)


def test_the_longest_run_is_what_a_plain_search_finds() -> None:
    rng = np.random.default_rng(3)
    known = [rng.integers(60, 64, n) for n in (1, 30, 45)]
    made = [rng.integers(60, 65, n) for n in (0, 1, 12, 40, 25)] + [known[2][5:30]]
    found = longest(made, Runs.of(known))
    assert found.tolist() == [
        longest_by_hand(m.tolist(), [k.tolist() for k in known]) for m in made
    ]
    assert found[-1] == 25


def test_a_run_does_not_go_on_from_one_piece_into_the_next() -> None:
    known = Runs.of([np.array([1, 2, 3]), np.array([4, 5, 6])])
    assert longest([np.array([2, 3, 4, 5])], known).tolist() == [2]


def test_a_transposed_copy_is_found_by_its_intervals() -> None:
    onset = np.arange(6.0)
    tune = np.array([60, 62, 59, 67, 65, 64])
    known = Runs.of([symbols(onset, tune, "intervals")])
    assert longest([symbols(onset, tune + 5, "intervals")], known).tolist() == [5]
    assert symbols(onset, tune, "pitches").tolist() == tune.tolist()
    late = symbols(onset * 2, tune, "pitches and times")
    assert (late[1:] != symbols(onset, tune, "pitches and times")[1:]).all()


# ---- a classifier


def test_a_classifier_tells_only_what_differs() -> None:
    rng = np.random.default_rng(1)
    groups = list(range(50)) * 2
    one, same, other = (rng.normal(at, 1, (100, 4)) for at in (0, 0, 3))
    assert told_apart(other, one, groups, groups) > 0.9
    assert 0.3 < told_apart(same, one, groups, groups) < 0.7


def test_a_piece_is_not_in_both_parts() -> None:
    # What tells the sets apart is each piece's own: useless for another piece.
    rng = np.random.default_rng(2)
    piece = rng.normal(0, 1, (20, 6))
    made = np.repeat(piece, 5, axis=0)
    groups = np.repeat(np.arange(20), 5).tolist()
    assert told_apart(made, made[::-1], groups, groups[::-1]) <= 0.5


# ---- the benchmark


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory, write_song: Callable) -> Corpus:
    folder = tmp_path_factory.mktemp("long")
    for seed in range(6):
        write_song(folder / f"{seed}.mid", seed, bars=52)
    splits = {"train": ["0", "1"], "valid": ["2", "3"], "test": ["4", "5"]}
    (folder / "splits.json").write_text(json.dumps(splits))
    return prepare([folder], read_config("pop").corpus)


def test_stretches_are_whole_bars_and_halve(corpus: Corpus) -> None:
    piece = corpus.split("test")[0]
    found = stretches(piece, 16, 16)
    assert len(found) == 52 - 16 + 1
    whole = found[3]
    first, second = whole.half(False), whole.half(True)
    assert len(first) + len(second) == len(whole)
    assert first.bars == second.bars == 8
    assert second.step.min() == 0
    assert second.step.max() < second.steps == 8 * 16
    assert set(first.cells()) == {(t, p) for t, p in whole.cells() if t < 128}


def test_contexts_and_the_floor_are_of_different_splits(corpus: Corpus) -> None:
    bench = draw_bench(corpus, "test", 4, 0)
    assert len(bench.contexts) == len(bench.other) == 4
    assert not set(bench.whose) & set(bench.others)
    # Two stretches of one piece do not overlap.
    assert len({frozenset(e.cells()) for e in (*bench.contexts, *bench.real)}) == 8


def test_what_a_model_plays_begins_in_its_bars_and_is_the_seeds(tiny: Path, corpus: Corpus) -> None:
    model = NoteModel.open(tiny)
    context = draw_bench(corpus, "test", 2, 0).contexts[0]
    for bars in (True, False):
        made = continued(model, context, 1, 1.0, bars)
        assert len(made) > 0
        assert made.onset.min() >= 0
        assert made.onset.max() < 32
        assert made.cells() == continued(model, context, 1, 1.0, bars).cells()
        assert made.cells() != continued(model, context, 2, 1.0, bars).cells()


def test_the_models_bins_keep_music_on_its_grid(tiny: Path, corpus: Corpus) -> None:
    real = draw_bench(corpus, "test", 2, 0).real[0]
    written = in_bins(real, NoteModel.open(tiny).codec)
    assert written.cells() == real.cells()
    assert np.abs(written.beats - real.beats).max() <= 0.25


def test_a_back_off_model_goes_on_as_it_was_taught(tiny: Path) -> None:
    codec = NoteModel.open(tiny).codec
    # It has only ever met music in which a note of 60 and one of 64 take turns.
    turns = excerpt(*((i / 2, 0.5, 60 + 4 * (i % 2)) for i in range(64)), bars=8)
    length = 64
    time = codec.fields[TIME].encode([0, *[12] * (length - 1)])
    bins = np.zeros((length, 5), np.int64)
    bins[:, TIME] = time
    bins[:, PART] = codec.parts.index(Part(MACHINE, codec.voices[0]))
    bins[:, PITCH] = turns.pitch
    bins[:, VELOCITY] = codec.fields[VELOCITY].encode(turns.velocity)
    bins[:, DURATION] = codec.fields[DURATION].encode(turns.beats * 24)
    at = np.arange(length) * 12 % 96
    piece = Coded(bins, np.array([-1, *at[:-1]]), at, np.full(length, 96))
    ticks = (codec.fields[f].values for f in (TIME, DURATION))
    voices = len(codec.voices)
    markov = fit([piece] * 9, [piece], codec.sizes, *ticks, voices, echoes=False, memory=False)
    made = walk(codec, markov, [turns, turns, turns], [1, 1, 2])
    assert made[0].cells() == made[1].cells()
    for one in made:
        assert len(one.cells() & turns.cells()) > 0.8 * length
        assert one.onset.min() == 0
        assert one.onset.max() < 32


def test_copying_is_seen_and_the_training_set_recognised(corpus: Corpus) -> None:
    bench = draw_bench(corpus, "test", 4, 0)
    learned = draw_bench(corpus, "train", 4, 0).real
    rows = measure(
        bench,
        {"copy": lambda c, _: list(c)},
        {"by heart": learned},
        corpus.split("train"),
        0,
        print,
    )
    assert rows["copy"]["repeated bars"] == 1
    assert rows["copy"]["diversity"] == 0
    assert rows["by heart"]["copied"]["pitches"]["median"] == pytest.approx(len(learned[0]))
    assert rows["by heart"]["copied"]["pitches and times"]["share"] == pytest.approx(1, abs=0.02)
    assert rows["real"]["copied"]["pitches"]["most"] < 16
    assert copied({"by heart": learned}, corpus.split("test"))["by heart"]["pitches"]["most"] < 16


def given(*arguments: object) -> Namespace:
    parser = ArgumentParser()
    generations.add(parser)
    return parser.parse_args([str(a) for a in arguments])


def test_the_whole_benchmark(tiny: Path, tmp_path: Path, corpus: Corpus) -> None:
    from training.corpus import save_corpus

    save_corpus(corpus, tmp_path / "corpus.npz")
    figures = generations.run(given(tiny, tmp_path, "--contexts", 4), lambda _: None)
    assert json.loads(json.dumps(figures)) == figures
    assert {"real", "real, other pieces", "model", "model, no bar", "copy"} <= set(figures["rows"])
    text = generations.table(figures)
    assert all(row in text for row in figures["rows"])


def test_too_little_music_is_said(tiny: Path, folder: Path) -> None:
    with pytest.raises(UserError, match="too few stretches of 16 bars"):
        generations.run(given(tiny, folder), lambda _: None)
    with pytest.raises(UserError, match="no folder"):
        generations.run(given(tiny, folder / "none"), lambda _: None)
    with pytest.raises(UserError, match="--contexts"):
        generations.run(given(tiny, folder, "--contexts", 1), lambda _: None)
