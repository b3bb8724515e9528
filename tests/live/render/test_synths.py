"""What the built-in synth renders begins when it was played, as loud and as dry as it is told."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from live import midi
from live.hands.config import HandsSettings
from live.render.rendering import render
from live.render.score import MACHINE, YOU, Stem, sounding
from live.render.synths import gain, synths
from live.sound.fonts import find_font

RATE = 48_000
DRUMS = 9
STICK = 37


def struck(*onsets: float, channel: int = DRUMS, pitch: int = STICK, name: str = YOU) -> Stem:
    events = []
    for at in onsets:
        events += [(at, midi.note_on(channel, pitch, 100))]
        events += [(at + 0.05, midi.note_off(channel, pitch))]
    return Stem(name, tuple(sorted(events)), max(onsets) + 0.05)


def asked(stem: Stem, **settings) -> Stem:
    return sounding(stem, [(0.0, HandsSettings(**settings))])


def rendered(path: Path, *stems: Stem, volume: float = 0.5) -> np.ndarray:
    open_synth = synths(find_font(None), RATE)
    render(stems, open_synth, path, RATE, gains={stem.name: gain(volume) for stem in stems})
    return soundfile.read(path)[0]


def test_every_note_begins_at_the_frame_of_its_moment(tmp_path):
    rng = np.random.default_rng(4)
    times = np.cumsum(rng.uniform(0.3, 0.5, 12))
    sound = rendered(tmp_path / "x.wav", asked(struck(*times), reverb=0.0)).sum(axis=1)
    frames = [round(at * RATE) for at in times]
    first = sound[frames[0] : frames[0] + 2000]
    for frame in frames:
        near = sound[frame - 300 : frame + 2300]
        assert np.correlate(near, first, "valid").argmax() == 300
    assert np.abs(sound[: frames[0]]).max() == 0
    assert np.abs(sound[frames[0] : frames[0] + 50]).max() > 1e-3


def test_volume_is_that_of_live_play(tmp_path):
    loud, soft = (
        rendered(tmp_path / "x.wav", asked(struck(0.1), reverb=0.0), volume=volume)
        for volume in (0.5, 0.25)
    )
    assert np.abs(soft).max() / np.abs(loud).max() == pytest.approx(0.25, rel=0.01)


def test_a_side_has_its_own_program_and_reverb_before_its_first_note():
    stem = struck(0.1, channel=2, pitch=60, name=MACHINE)
    its = asked(stem, bank=3, program=20, reverb=0.5, program_you=7)
    told = [message for at, message in its.events if at == 0.0]
    assert told == [
        midi.control_change(2, midi.BANK, 0),
        midi.control_change(2, midi.BANK_FINE, 2),
        midi.program_change(2, 19),
        midi.control_change(2, midi.REVERB, 64),
    ]
