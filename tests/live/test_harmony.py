"""Chords under a melody are found from its notes, and the pitches of those that are likely come
sooner."""

import numpy as np
import pytest

from live.codec import PITCH, UNKNOWN
from live.harmony import KEYS, TRIADS, Harmony
from live.settings import Settings

from .virtual import Busy, VirtualStage

BEAT, BAR = 24, 96
# One to a half bar: C, F, G and C as a melody breaks them.
TUNE = (0, 4, 7, 12, 9, 5, 5, 9, 7, 11, 14, 11, 12, 7, 4, 0)
CHORDS = (0, 5, 7, 0)  # roots


def place(tick, bar=BAR):
    return int(tick) % bar, bar


def heard(pitches, every=BEAT // 2, harmony=None, start=0):
    """After notes that come so many ticks apart."""
    harmony = harmony or Harmony(BEAT)
    for n, pitch in enumerate(pitches):
        tick = start + n * every
        harmony.hear(pitch, tick, place(tick))
    return harmony


def likeliest(harmony, tick, bar=BAR):
    """The tones of the triad, by pitch class."""
    return set(np.flatnonzero(TRIADS[harmony.triads(tick, place(tick, bar)).argmax()]).tolist())


def major(root):
    return {(root + up) % KEYS for up in (0, 4, 7)}


@pytest.mark.parametrize("tonic", range(KEYS))
def test_a_broken_chord_is_heard_as_that_chord_in_every_key(tonic):
    harmony = heard([60 + tonic + n for n in TUNE])
    for half, root in enumerate(CHORDS):
        so_far = heard([60 + tonic + n for n in TUNE[: 4 * (half + 1)]])
        assert likeliest(so_far, 48 * half + 47) == major(root + tonic)
    assert harmony.triads(0, place(0)).sum() == pytest.approx(1)


def test_however_far_ahead_it_knows_of_chords_that_add_up():
    harmony = heard([60 + n for n in TUNE])
    for tick in (192, 240, 96_000):
        assert harmony.triads(tick, place(tick)).sum() == pytest.approx(1)


def test_it_follows_a_melody_to_another_key():
    tonic = 6
    there = heard([60 + n for n in TUNE] * 4)
    heard([60 + tonic + n for n in TUNE] * 2, harmony=there, start=4 * 192)
    new_key = heard([60 + tonic + n for n in TUNE] * 2)
    ahead = [h.triads(t, place(t)) for h, t in ((there, 6 * 192), (new_key, 2 * 192))]
    assert np.abs(ahead[0] - ahead[1]).max() < 0.1


def test_half_bars_begin_with_bars():
    harmony = Harmony(BEAT)
    three = 3 * BEAT
    begins = [harmony.half_bar(t, place(t, three)) for t in (0, 47, 48, 71, 72)]
    assert begins == [(0, 0), (0, 0), (48, 1), (48, 1), (72, 0)]
    for tick in range(0, 4 * three, BEAT):
        harmony.hear(60 + (0, 4, 7)[tick // BEAT % 3], tick, place(tick, three))
    assert likeliest(harmony, tick, three) == major(0)


def test_a_beat_that_jumps_back_is_followed_on_from_there():
    harmony = heard([60 + n for n in TUNE])
    heard([60 + n for n in TUNE[:4]], harmony=harmony)
    assert likeliest(harmony, 47) == major(0)


def shaped(tiny, strength, harmony, at=47):
    its = place(at)
    return harmony.shape(tiny.anything, tiny.codec, at, its, strength)


def test_pitches_of_a_likely_chord_come_sooner_and_none_is_ruled_out(tiny):
    asked = shaped(tiny, 2.0, heard([60 + n for n in TUNE[:4]]))
    cut = tiny.codec.slices[PITCH]
    pitches = asked.allowed[cut]
    assert set(np.argsort(pitches[60:72])[-3:].tolist()) == major(0)
    assert pitches.min() > 0
    assert np.array_equal(pitches[:12], pitches[48:60])
    others = np.delete(asked.allowed, range(cut.start, cut.stop))
    assert (others == 1).all()
    penalty, _ = asked.laid_out(tiny.codec)
    assert penalty[cut] == pytest.approx(np.log(pitches), abs=1e-5)


def test_without_strength_or_a_beat_it_asks_the_very_same(tiny):
    harmony = heard([60 + n for n in TUNE])
    assert shaped(tiny, 0.0, harmony) is tiny.anything
    nowhere = UNKNOWN, 1
    assert harmony.shape(tiny.anything, tiny.codec, 0, nowhere, 4.0) is tiny.anything
    harmony.hear(61, 5.5, nowhere)
    assert likeliest(harmony, 191) == major(0)


# ---- as it plays


def session(tiny, **settings):
    """The tune, played in over and over."""
    settings = {"mode": "accompany", "clock": "internal", "horizon": 1.0} | settings
    stage = VirtualStage(Busy(tiny), Settings(**settings), 1, lambda: 0.0)
    for n, pitch in enumerate(TUNE * 2):
        stage.plays(n * 0.25, 60 + pitch, 0.2)
    stage.run(8.0)
    return stage


def its(stage):
    return [(n.onset, n.pitch) for _, plan in stage.plans for n in plan.notes]


def in_chord(stage):
    """The share of its notes."""
    notes = [(at, pitch) for at, pitch in its(stage) if 1 <= at < 8]
    right = [pitch % 12 in major(CHORDS[int(at % 4)]) for at, pitch in notes]
    assert len(right) > 10
    return np.mean(right)


def test_an_accompaniment_keeps_to_your_chords_and_the_take_replays_the_same(tiny):
    stage = session(tiny, chords=16.0)
    assert in_chord(stage) > in_chord(session(tiny, chords=0.0)) + 0.2
    assert stage.replayed().same


@pytest.mark.parametrize(
    "settings",
    [{"mode": "duet"}, {"clock": "free"}, {"you": "piano", "me": "melody"}],
)
def test_elsewhere_and_without_a_beat_nothing_changes(tiny, settings):
    without, with_ = (its(session(tiny, chords=c, **settings)) for c in (0.0, 16.0))
    assert with_ == without != []


def test_a_mind_that_starts_anew_hears_on(tiny):
    stage = VirtualStage(Busy(tiny), Settings(mode="accompany", clock="internal"), 1, lambda: 0.0)
    for n, pitch in enumerate(TUNE):
        stage.plays(n * 0.25, 60 + pitch, 0.2)
    stage.at(2.1, stage.kill_mind)
    stage.at(2.2, stage.restart_mind)
    stage.run(4.0)
    assert stage.replayed().same
