"""The synth: where a note sounds, how it ends, and what controllers do to it."""

from itertools import pairwise

import numpy as np
import pytest

from live import midi
from live.sound.synth import Synth

from .small_font import DECAY, GROUP, MODES, RELEASE, SUSTAIN, keys, sine, write_font

ON, OFF = midi.note_on(0, 60, 100), midi.note_off(0, 60)
DRY = midi.control_change(0, midi.REVERB, 0)


@pytest.fixture
def synth(font):
    synth = Synth(font)
    for channel in range(midi.CHANNELS):
        synth.send(midi.control_change(channel, midi.REVERB, 0))
    return synth


def level(frames):
    return float(np.sqrt((frames**2).mean()))


def pitch(frames):
    """Hz, of a tone."""
    spectrum = np.abs(np.fft.rfft(frames[:, 0] * np.hanning(len(frames))))
    return np.argmax(spectrum) * 48000 / len(frames)


@pytest.mark.parametrize("frame", [0, 1, 77, 127, 128, 129, 1000])
def test_a_note_begins_on_its_very_sample(synth, frame):
    synth.send(ON, frame)
    sound = np.abs(synth.render(2048)).max(axis=1)
    assert np.flatnonzero(sound > 1e-6)[0] in (frame, frame + 1)
    assert sound[frame + 100 :].max() > 0.01


def test_a_note_is_the_same_however_it_is_asked_for(font):
    whole, parts = Synth(font), Synth(font)
    whole.send(ON, 300)
    parts.send(ON, 300)
    once = whole.render(1280)
    np.testing.assert_array_equal(once, np.concatenate([parts.render(128) for _ in range(10)]))


def test_a_chord_is_the_sum_of_its_notes_each_at_its_frame_and_with_its_channels_mix(font):
    chord = ((0, 60, 5), (1, 64, 90), (0, 67, 90), (2, 72, 127))

    def played(*notes):
        synth = Synth(font)
        synth.send(midi.control_change(1, 10, 0))
        synth.send(midi.control_change(2, 7, 30))
        for channel, key, frame in notes:
            synth.send(midi.note_on(channel, key, 60), frame)
        return synth.render(1280)

    np.testing.assert_allclose(played(*chord), sum(map(played, chord)), atol=1e-6)


def test_a_rehearsal_is_not_heard_and_changes_nothing(font):
    fresh, rehearsed = Synth(font), Synth(font)
    rehearsed.rehearse()
    assert rehearsed.voices == 0
    assert not rehearsed.render(256).any()
    fresh.render(256)
    for synth in (fresh, rehearsed):
        synth.send(ON, 10)
    np.testing.assert_array_equal(fresh.render(4800), rehearsed.render(4800))


def test_what_is_rendered_is_stereo_within_one_and_silent_at_first(synth):
    assert not synth.render(500).any()
    for key in range(30, 90):
        synth.send(midi.note_on(0, key, 127))
    sound = synth.render(4000)
    assert sound.shape == (4000, 2)
    assert sound.dtype == np.float32
    assert np.abs(sound).max() <= 1.0


def test_a_key_that_comes_up_ends_its_note_and_no_other(synth):
    synth.send(ON)
    synth.send(midi.note_on(0, 64, 100))
    synth.render(4800)
    synth.send(OFF)
    synth.render(4800)
    assert synth.voices == 1
    synth.send(midi.note_off(0, 64))
    synth.render(4800)
    assert synth.voices == 0
    assert not synth.render(128).any()


def test_a_note_sounds_on_as_long_as_its_key_is_down(synth):
    synth.send(ON)
    sounds = [level(synth.render(4800)) for _ in range(40)]
    assert min(sounds[1:]) == pytest.approx(max(sounds[1:]), rel=0.02)


def test_the_pedal_holds_notes_until_it_comes_up(synth):
    synth.send(midi.control_change(0, midi.SUSTAIN, 127))
    synth.send(ON)
    synth.send(OFF, 100)
    synth.render(9600)
    assert synth.voices == 1
    synth.send(midi.control_change(0, midi.SUSTAIN, 63))
    synth.render(9600)
    assert synth.voices == 0


def test_a_pedal_lets_a_held_key_sound_on_when_it_comes_up(synth):
    synth.send(midi.control_change(0, midi.SUSTAIN, 127))
    synth.send(ON)
    synth.send(midi.control_change(0, midi.SUSTAIN, 0), 100)
    synth.render(9600)
    assert synth.voices == 1


@pytest.mark.parametrize("end", [midi.ALL_NOTES_OFF, midi.ALL_SOUND_OFF])
def test_all_notes_off_ends_all_on_its_channel(synth, end):
    for channel in (0, 3):
        for key in (50, 60, 70):
            synth.send(midi.note_on(channel, key, 80))
    synth.render(128)
    synth.send(midi.control_change(3, end, 0))
    synth.render(9600)
    assert synth.voices == 3


def test_silence_ends_everything_the_pedal_too(synth):
    synth.send(midi.control_change(0, midi.SUSTAIN, 127))
    synth.send(ON)
    synth.send(ON, 100000)
    synth.render(128)
    synth.silence()
    assert not synth.render(200000).any()
    synth.send(ON)
    synth.send(OFF)
    synth.render(9600)
    assert synth.voices == 0


def test_a_key_struck_anew_makes_its_own_note_way(synth):
    synth.send(midi.control_change(0, midi.SUSTAIN, 127))
    for _ in range(10):
        synth.send(ON)
        synth.send(OFF)
        synth.render(9600)
    assert synth.voices == 1


@pytest.mark.parametrize(
    ("key", "wheel", "hertz"), [(60, 64, 1000), (72, 64, 2000), (48, 64, 500), (60, 127, 1122)]
)
def test_a_key_and_the_wheel_set_the_pitch(synth, key, wheel, hertz):
    synth.send(bytes((0xE0, 127 if wheel == 127 else 0, wheel)))
    synth.send(midi.note_on(0, key, 100))
    synth.render(2400)
    assert pitch(synth.render(9600)) == pytest.approx(hertz, abs=6)


def test_the_range_of_the_wheel_can_be_set(synth):
    for number, value in ((101, 0), (100, 0), (6, 12)):
        synth.send(midi.control_change(0, number, value))
    synth.send(bytes((0xE0, 127, 127)))
    synth.send(ON)
    synth.render(2400)
    assert pitch(synth.render(9600)) == pytest.approx(2000, abs=6)


@pytest.mark.parametrize("controller", [7, 11])
def test_volume_and_expression_make_it_softer(synth, controller):
    synth.send(ON)
    synth.render(4800)
    before = level(synth.render(4800))
    synth.send(midi.control_change(0, controller, 50))
    synth.render(4800)
    full = 100 if controller == 7 else 127
    assert level(synth.render(4800)) == pytest.approx(before * (50 / full) ** 2, rel=0.01)


def test_velocity_makes_it_louder(synth):
    levels = []
    for velocity in (30, 60, 120):
        synth.send(midi.note_on(0, 60, velocity))
        levels.append(level(synth.render(2400)))
        synth.send(OFF)
        synth.render(9600)
    assert levels == sorted(levels)
    assert levels[2] / levels[0] == pytest.approx(16, rel=0.02)


@pytest.mark.parametrize(("pan", "louder"), [(0, 0), (127, 1)])
def test_pan_moves_it_between_the_sides(synth, pan, louder):
    synth.send(midi.control_change(0, 10, pan))
    synth.send(ON)
    sound = synth.render(4800)
    assert level(sound[:, louder]) > 100 * level(sound[:, 1 - louder])


def test_master_volume_is_for_all_channels(synth):
    synth.send(ON)
    synth.render(2400)
    before = level(synth.render(2400))
    synth.send(midi.master_volume(0.25))
    assert level(synth.render(2400)) == pytest.approx(before / 4, rel=0.01)
    synth.send(midi.master_volume(0.0))
    assert not synth.render(2400).any()


def test_reverb_goes_on_after_the_note_and_dies_away(synth):
    synth.send(midi.control_change(0, midi.REVERB, 127))
    synth.send(ON)
    synth.send(OFF, 4800)
    synth.render(14400)
    assert synth.voices == 0
    tail = [level(synth.render(9600)) for _ in range(8)]
    assert tail[0] > 1e-3
    assert tail[-1] < 0.02 * tail[0]
    for _ in range(60):
        last = synth.render(9600)
    assert not last.any()


def test_a_program_is_another_sound_and_drums_are_on_channel_ten(tmp_path):
    presets = ((0, 0, ((MODES, 1),)), (0, 40, ((MODES, 1),)), (128, 0, ((MODES, 1),)))
    waves = [sine(500), sine(1000), sine(2000)]
    synth = Synth(write_font(tmp_path / "three.sf2", presets, waves))
    heard = []
    for channel, program in ((0, 0), (0, 40), (0, 44), (9, 0), (9, 25)):
        synth.send(midi.program_change(channel, program))
        synth.send(midi.note_on(channel, 60, 100))
        synth.render(1200)
        heard.append(round(pitch(synth.render(4800)) / 100) * 100)
        synth.send(midi.control_change(channel, midi.ALL_SOUND_OFF, 0))
        synth.render(128)
    assert heard == [500, 1000, 1000, 2000, 2000]


def test_a_program_that_is_not_ready_changes_the_sound_when_it_is(font):
    synth = Synth(font, at_once=False)
    synth.send(ON)
    assert not synth.render(4800).any()
    synth.make_ready()
    synth.send(ON)
    assert synth.render(4800).any()


def test_a_group_ends_what_it_sounds(tmp_path):
    zones = (
        ((*(keys(42, 42),), (MODES, 1), (GROUP, 1))),
        ((*(keys(46, 46),), (MODES, 1), (GROUP, 1))),
    )
    synth = Synth(write_font(tmp_path / "hat.sf2", ((128, 0, zones),)))
    synth.send(midi.note_on(9, 46, 100))
    synth.render(4800)
    synth.send(midi.note_on(9, 42, 100))
    synth.render(9600)
    assert synth.voices == 1
    assert not synth.send(midi.note_on(9, 50, 100))  # no zone has that key
    synth.render(128)
    assert synth.voices == 1


def test_a_sound_that_decays_is_over_by_itself(tmp_path):
    zone = ((MODES, 1), (DECAY, -1200), (SUSTAIN, 1000), (RELEASE, 0))
    synth = Synth(write_font(tmp_path / "short.sf2", ((0, 0, zone),)))
    synth.send(ON)
    sounds = [level(synth.render(2400)) for _ in range(8)]
    assert all(later < sooner for sooner, later in pairwise(sounds))
    synth.render(9600)
    assert synth.voices == 0


def test_a_thousand_notes_leave_no_more_voices_than_there_are(synth):
    rng = np.random.default_rng(1)
    for _ in range(1000):
        channel, key = int(rng.integers(8)), int(rng.integers(30, 90))
        synth.send(midi.note_on(channel, key, int(rng.integers(1, 128))), int(rng.integers(200)))
        if rng.random() < 0.1:
            assert np.isfinite(synth.render(128)).all()
    for channel in range(midi.CHANNELS):
        synth.send(midi.control_change(channel, midi.ALL_NOTES_OFF, 0), 300)
    synth.render(48000)
    assert synth.voices == 0
    assert not synth.render(128).any()


def test_a_chord_beyond_the_most_voices_makes_held_ones_way_and_sounds_whole(synth):
    for channel in (0, 1):
        for key in range(30, 80):
            synth.send(midi.note_on(channel, key, 100))
    synth.render(512)
    for key in (60, 64, 67, 71):
        synth.send(midi.note_on(5, key, 20))
    synth.render(512)
    for channel in (0, 1):
        synth.send(midi.control_change(channel, midi.ALL_SOUND_OFF, 0))
    synth.render(512)
    assert synth.voices == 4


@pytest.mark.parametrize(
    "message", ["", "90", "90 3c", "90 3c ff", "3c 40", "f8", "f0 7f 7f 04 01 f7", "c0", "e0 00"]
)
def test_a_message_that_is_none_is_ignored(synth, message):
    synth.send(bytes.fromhex(message))
    assert not synth.render(256).any()
