"""The baselines promise proper probabilities, no look ahead, and a bar worth beating."""

import numpy as np
import pytest

from training.baselines import Alphabet, Coded, Markov, Unigram, fit, load, save
from training.baselines.backoff import Seen, Smoothing, Table
from training.baselines.chain import Reader
from training.baselines.features import FEATURES, FROM
from training.baselines.history import FIELDS, PITCH, History
from training.baselines.mixture import fit_weights, mix
from training.baselines.recipes import MEMORY, RECIPES, REFERENCES, SIDES, places_of, symbols_of

SIZES = [9, 4, 128, 5, 7]
ALPHABET = Alphabet.make(SIZES)
BAR = 16


def place(bins: np.ndarray, known: bool = True) -> Coded:
    """A piece around these bins, with positions in bars of 16 ticks, or none."""
    bins = np.asarray(bins, dtype=np.int64).reshape(-1, FIELDS)
    steps = bins[:, 0].copy()
    steps[:1] = 0
    here = np.cumsum(steps) % BAR
    before = np.concatenate(([-1], here[:-1]))[: len(bins)]
    here[:1] = -1
    if not known:
        here, before = np.full_like(here, -1), np.full_like(before, -1)
    return Coded(bins, before, here, np.full(len(bins), BAR))


def noise(rng: np.random.Generator, notes: int, known: bool = True) -> Coded:
    bins = np.stack([rng.integers(0, size, notes) for size in SIZES], axis=1)
    bins[:, 0] *= rng.random(notes) < 0.5
    bins[:, 2] = 40 + bins[:, 2] % 40
    return place(bins, known)


def walk(rng: np.random.Generator, notes: int) -> Coded:
    """A Markov source: the pitch steps up or down by one rule, the time follows the pitch."""
    pitch = np.empty(notes, np.int64)
    pitch[0] = 60
    for i in range(1, notes):
        up = rng.random() < 0.9
        pitch[i] = 55 + (pitch[i - 1] - 55 + (3 if up else 7)) % 12
    time = 1 + np.concatenate(([0], pitch[:-1] % 3))
    constant = np.ones(notes, np.int64)
    return place(np.stack((time, constant, pitch, constant * 2, pitch % 5), axis=1))


def cycle(notes: int, shift: int = 0) -> Coded:
    """The same few notes over and over: nothing in it is a surprise."""
    i = np.arange(notes) + shift
    return place(np.stack((1 + i % 3, i % 2, 60 + i % 6, i % 3, i % 6), axis=1))


@pytest.fixture(scope="module")
def noisy() -> Markov:
    rng = np.random.default_rng(0)
    return fit([noise(rng, 300, i % 2 == 0) for i in range(6)], [noise(rng, 300)], SIZES)


@pytest.fixture(scope="module")
def walked() -> Markov:
    rng = np.random.default_rng(1)
    return fit([walk(rng, 500) for _ in range(8)], [walk(rng, 400) for _ in range(2)], SIZES)


@pytest.mark.parametrize("field", range(FIELDS))
def test_probabilities_sum_to_one(noisy: Markov, walked: Markov, field: int) -> None:
    rng = np.random.default_rng(2)
    for model in (noisy, walked):
        p = model.probabilities([noise(rng, 200), noise(rng, 50, known=False)], field)
        assert p.shape == (250, SIZES[field])
        assert p.min() > 0
        np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("field", range(FIELDS))
def test_bits_are_those_of_the_probabilities(walked: Markov, field: int) -> None:
    piece = walk(np.random.default_rng(3), 100)
    p = walked.probabilities([piece], field)
    expected = -np.log2(p[np.arange(100), piece.bins[:, field]])
    np.testing.assert_allclose(walked.bits([piece])[:, field], expected, rtol=1e-5)


def test_what_never_surprises_costs_nothing() -> None:
    model = fit([cycle(400, s) for s in range(6)], [cycle(300)], SIZES)
    assert model.bits([cycle(300, 2)])[50:].sum(axis=1).mean() < 0.1
    assert (model.accuracy([cycle(300, 2)]) > 0.97).all()


def test_markov_beats_unigram_on_a_markov_source(walked: Markov) -> None:
    rng = np.random.default_rng(4)
    train, test = [walk(rng, 500) for _ in range(4)], [walk(rng, 500)]
    unigram = Unigram.fit(train, ALPHABET)
    pitch = walked.bits(test)[:, PITCH].mean()
    truth = -(0.9 * np.log2(0.9) + 0.1 * np.log2(0.1))
    assert unigram.bits(test)[:, PITCH].mean() > 3
    assert truth * 0.8 < pitch < truth + 0.15
    assert walked.bits(test).sum() < unigram.bits(test).sum() / 3


def test_memory_learns_a_piece_that_repeats_itself() -> None:
    rng = np.random.default_rng(5)
    train, valid = [noise(rng, 256) for _ in range(4)], []
    for _ in range(3):
        tune = noise(rng, 32).bins
        valid.append(place(np.concatenate([tune] * 8)))
    with_memory, without = (
        fit(train, valid[:2], SIZES, memory=memory, echoes=False).bits(valid[2:])
        for memory in (True, False)
    )
    assert with_memory[64:].sum() < 0.7 * without[64:].sum()


def test_without_echoes_no_context_looks_back_by_bars() -> None:
    rng = np.random.default_rng(6)
    about = fit([walk(rng, 200)], [walk(rng, 100)], SIZES, echoes=False).describe()
    contexts = [c["features"] for a in about.values() for c in a["chains"]]
    contexts += [features for a in about.values() for features in a["memory"]["contexts"]]
    used = {feature for features in contexts for feature in features}
    assert used
    assert not any(f.startswith(("ahead", "more", "echo", "twin", "turn", "step")) for f in used)


def test_without_memory_a_piece_teaches_nothing() -> None:
    rng = np.random.default_rng(6)
    about = fit([walk(rng, 200)], [walk(rng, 100)], SIZES, memory=False).describe()
    assert all(a["memory"]["contexts"] == [] for a in about.values())


@pytest.mark.parametrize("field", range(FIELDS))
def test_nothing_is_known_before_its_time(field: int) -> None:
    """Change a note from a field on, and all that follows: what is read there stays the same."""
    rng = np.random.default_rng(7)
    for at in (0, 1, 20, 77):
        old, other = noise(rng, 90), noise(rng, 90)
        bins = old.bins.copy()
        bins[at, field:] = other.bins[at, field:]
        bins[at + 1 :] = other.bins[at + 1 :]
        new = place(bins)
        before = History([old], ALPHABET), History([new], ALPHABET)
        for name in (n for n, first in FROM.items() if first <= field):
            was, now = (FEATURES[name](h)[at] for h in before)
            assert was == now, name
        views = ["itself", SIDES] if field == 1 else list(REFERENCES) if field > 1 else ["itself"]
        for view in views:
            was, now = (places_of(h, field, view)[at] for h in before)
            np.testing.assert_array_equal(was, now, err_msg=view)


@pytest.mark.parametrize("name", FEATURES)
def test_the_blind_know_no_duration_of_the_player(name: str) -> None:
    """The durations of notes that still sound, made longer: nothing else is to be noticed."""
    rng = np.random.default_rng(7)
    alphabet = Alphabet.make(SIZES, duration=[0, 90, 91, 92, 93, 94, 95], blind=True)
    old = noise(rng, 20)
    old.bins[:, 4] = 1 + old.bins[:, 4] % 3
    longer = old.bins.copy()
    longer[longer[:, 1] < 2, 4] += 3
    was, now = (
        FEATURES[name](History([old._replace(bins=bins)], alphabet)) for bins in (old.bins, longer)
    )
    np.testing.assert_array_equal(was, now)


@pytest.mark.parametrize("field", range(FIELDS))
def test_estimates_do_not_look_ahead(noisy: Markov, field: int) -> None:
    rng = np.random.default_rng(8)
    old, other = noise(rng, 60), noise(rng, 60)
    bins = old.bins.copy()
    bins[30, field:] = other.bins[30, field:]
    bins[31:] = other.bins[31:]
    was, now = (noisy.probabilities([piece], field)[:31] for piece in (old, place(bins)))
    np.testing.assert_allclose(was, now, rtol=1e-5)


@pytest.mark.parametrize("field", range(FIELDS))
def test_recipes_use_only_what_is_given(field: int) -> None:
    for recipe in RECIPES[field]:
        assert all(FROM[name] <= field for name in recipe.features), recipe
    for names in MEMORY[field]:
        assert all(FROM[name] <= field for name in names), names


@pytest.mark.parametrize("view", [*REFERENCES, SIDES])
def test_a_view_is_the_field_in_another_order(view: str) -> None:
    history = History([noise(np.random.default_rng(9), 80)], ALPHABET)
    for field in [1] if view == SIDES else range(1, FIELDS):
        places = places_of(history, field, view)
        np.testing.assert_array_equal(
            np.sort(places, axis=1), np.tile(np.arange(SIZES[field]), (80, 1))
        )
        at = places[np.arange(80), history.bins[field]]
        np.testing.assert_array_equal(at, symbols_of(history, field, view))


def test_other_pieces_are_not_remembered(walked: Markov) -> None:
    rng = np.random.default_rng(10)
    first, second = walk(rng, 80), walk(rng, 70)
    together = walked.bits([first, second])
    apart = np.concatenate((walked.bits([first]), walked.bits([second])))
    np.testing.assert_allclose(together, apart, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", ["markov", "unigram"])
def test_saved_and_loaded_it_costs_the_same(walked: Markov, tmp_path, kind: str) -> None:
    rng = np.random.default_rng(11)
    baseline = walked if kind == "markov" else Unigram.fit([walk(rng, 100)], ALPHABET)
    save(baseline, tmp_path / "baseline.npz")
    again = load(tmp_path / "baseline.npz")
    pieces = [walk(rng, 100), noise(rng, 50)]
    np.testing.assert_array_equal(again.bits(pieces), baseline.bits(pieces))
    assert again.describe() == baseline.describe()


def test_a_strange_file_is_refused(tmp_path) -> None:
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(ValueError, match="not a baseline"):
        load(tmp_path / "other.npz")


def test_an_unseen_context_backs_off() -> None:
    table = Table.tally(np.array([5, 5, 5, 9]), np.array([1, 1, 2, 3]))
    shorter = np.array([0.25, 0.25, 0.25])
    seen = Seen.look(table, np.array([7, 5, 5]), np.array([1, 1, 0]))
    how = Smoothing(once=0.5, twice=0.75, more=1, strength=1)
    unseen, known, new = seen.mix(how, shorter)
    assert unseen == 0.25
    assert known == pytest.approx((2 - 0.75 + (1 + 0.5 + 0.75) * 0.25) / 4)
    assert new == pytest.approx((1 + 0.5 + 0.75) * 0.25 / 4)


def test_notes_unlike_any_heard_still_have_a_price(walked: Markov) -> None:
    bits = walked.bits([noise(np.random.default_rng(12), 100)])
    assert np.isfinite(bits).all()
    assert bits.max() < 40


def test_weights_favour_who_is_right() -> None:
    rng = np.random.default_rng(13)
    came = rng.integers(0, 4, 400)
    right = np.full((400, 4), 0.1, np.float32)
    right[np.arange(400), came] = 0.7
    wrong = rng.dirichlet(np.ones(4), 400).astype(np.float32)
    weights = fit_weights([right, wrong], came)
    mixed = mix([right, wrong], weights)[np.arange(400), came]
    assert weights[0] > abs(weights[2])
    assert np.log(mixed).mean() > np.log(0.7)


@pytest.mark.parametrize("piece", [place(np.zeros((0, FIELDS)))])
def test_an_empty_piece_costs_nothing(walked: Markov, piece: Coded) -> None:
    assert walked.bits([piece]).shape == (0, FIELDS)
    assert walked.bits([]).shape == (0, FIELDS)
    assert Unigram.fit([piece], ALPHABET).bits([piece]).shape == (0, FIELDS)
    one = walk(np.random.default_rng(14), 30)
    assert walked.bits([one, piece, one]).shape == (60, FIELDS)
    assert fit([one, piece], [piece], SIZES).bits([one]).shape == (30, FIELDS)


PIECE = cycle(10)


@pytest.mark.parametrize(
    ("piece", "words"),
    [
        (PIECE._replace(bins=PIECE.bins[:, :4]), r"bins must have shape \(notes, 5\)"),
        (PIECE._replace(here=PIECE.here[:4]), r"here must have shape \(10,\), not \(4,\)"),
        (PIECE._replace(bins=PIECE.bins + 99), "bins must be from 0"),
    ],
)
def test_a_piece_of_the_wrong_shape_is_refused_in_one_line(
    walked: Markov, piece: Coded, words: str
) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        walked.bits([piece])
    assert "\n" not in str(caught.value)


def test_wrong_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="sizes must be 5 numbers"):
        Alphabet.make([1, 2, 3])
    with pytest.raises(ValueError, match="as many ticks"):
        Alphabet.make(SIZES, time=[0, 1])


def test_features_are_read_once() -> None:
    reader = Reader(History([PIECE], ALPHABET))
    assert reader["t1"].tolist() == [-1, *PIECE.bins[:-1, 0].tolist()]
    assert len(reader.contexts(("t1", "v1"))) == 3
