"""A mix is measured: levels, sides, moments, rates and loudness are those that were asked for."""

import sys

import numpy as np
import pytest
import soundfile

from live.render.audio import AudioError
from live.render.loudness import loudness, true_peak
from live.render.mixing import Track, mix, parse_track

from .bursts import onsets

RATE = 48_000


def tone(path, seconds=1.0, rate=RATE, hertz=997.0, level=0.5, channels=2, lead=0.0):
    """A sine that begins at its full height after `lead` seconds of nothing."""
    at = np.arange(round(seconds * rate)) / rate
    sound = np.concatenate([np.zeros(round(lead * rate)), level * np.cos(2 * np.pi * hertz * at)])
    soundfile.write(path, np.repeat(sound[:, None], channels, axis=1), rate, "PCM_24")
    return path


def mixed(tmp_path, *tracks, **asked):
    done = mix(tracks, tmp_path / "out.wav", **asked)
    return soundfile.read(tmp_path / "out.wav")[0], done


def rms(sound):
    return float(np.sqrt(np.mean(sound**2)))


@pytest.mark.parametrize(
    ("text", "track"),
    [
        ("you.wav", ("you.wav", 0.0, 0.0, 0.0)),
        ("you.wav:gain=-3:pan=0.5", ("you.wav", -3.0, 0.5, 0.0)),
        ("C:\\my takes\\a=b.wav:offset=1.25", ("C:\\my takes\\a=b.wav", 0.0, 0.0, 1.25)),
    ],
)
def test_a_track_is_a_file_and_how_it_is_laid(text, track):
    found = parse_track(text)
    assert (str(found.path), found.gain, found.pan, found.offset) == track


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x.wav:gain=loud", "gain is 'loud', which is no number"),
        ("x.wav:gain=99", "gain is 99: it goes from -96 to 48"),
        ("x.wav:gain=nan", "it goes from"),
        ("x.wav:pan=2", "it goes from -1 to 1"),
        ("x.wav:offset=1e9", "it goes from"),
        ("x.wav:speed=2", "there is no 'speed': give gain, pan, offset"),
        ("x.wav:pan=1:pan=0", "twice"),
        (":pan=1", "names no file"),
    ],
)
def test_what_a_track_cannot_be_is_one_line(text, why):
    with pytest.raises(AudioError, match=why) as told:
        parse_track(text)
    assert "\n" not in str(told.value)


def test_a_file_alone_is_left_as_it_is(tmp_path):
    path = tone(tmp_path / "a.wav")
    sound, done = mixed(tmp_path, Track(path))
    assert np.abs(sound - soundfile.read(path)[0]).max() < 1e-6
    assert (done.seconds, done.rate, done.lufs, done.held_down) == (1.0, RATE, None, 0.0)


@pytest.mark.parametrize("gain", [-20.0, -3.0, 4.5])
def test_gain_is_in_decibels(gain, tmp_path):
    path = tone(tmp_path / "a.wav", level=0.25)
    sound, _ = mixed(tmp_path, Track(path, gain=gain))
    assert 20 * np.log10(rms(sound) / rms(soundfile.read(path)[0])) == pytest.approx(gain, abs=0.01)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("pan", [-1.0, -0.3, 0.0, 0.5, 1.0])
def test_pan_moves_the_sound_and_keeps_its_power(pan, channels, tmp_path):
    path = tone(tmp_path / "a.wav", level=0.25, channels=channels)
    sound, _ = mixed(tmp_path, Track(path, pan=pan))
    left, right = rms(sound[:, 0]), rms(sound[:, 1])
    assert np.arctan2(right, left) == pytest.approx((pan + 1) * np.pi / 4, abs=1e-3)
    assert np.hypot(left, right) == pytest.approx(0.25, rel=1e-3)  # sqrt(2) * 0.25 / sqrt(2)


def test_offsets_place_each_file_to_the_frame(tmp_path):
    first = tone(tmp_path / "a.wav", 0.1, level=0.3)
    second = tone(tmp_path / "b.wav", 0.1, level=0.3, lead=0.5)
    sound, done = mixed(
        tmp_path, Track(first, offset=1.25), Track(second), Track(second, offset=-0.3)
    )
    assert onsets(sound, RATE, 0.02, 0.05) == [round(at * RATE) for at in (0.2, 0.5, 1.25)]
    assert done.seconds == pytest.approx(1.35)


@pytest.mark.parametrize("rate", [22_050, 44_100, 96_000])
def test_files_of_another_rate_keep_their_pitch_length_and_moment(rate, tmp_path):
    odd = tone(tmp_path / "a.wav", 1.0, rate, level=0.3, lead=0.5)
    sound, done = mixed(tmp_path, Track(odd, offset=0.25), rate=RATE)
    assert (done.rate, len(sound)) == (RATE, round(1.75 * RATE))
    (onset,) = onsets(sound, RATE, 0.15, 0.05)
    assert abs(onset / RATE - 0.75) < 2 / min(rate, RATE)
    heard = sound[round(0.8 * RATE) : round(1.7 * RATE), 0]
    peak = np.abs(np.fft.rfft(heard * np.hanning(len(heard)))).argmax() * RATE / len(heard)
    assert peak == pytest.approx(997, abs=1.5)


def test_the_highest_rate_is_kept_unless_another_is_asked_for(tmp_path):
    low, high = tone(tmp_path / "a.wav", rate=22_050), tone(tmp_path / "b.wav", rate=44_100)
    assert mixed(tmp_path, Track(low), Track(high))[1].rate == 44_100
    assert mixed(tmp_path, Track(low), Track(high), rate=32_000)[1].rate == 32_000


def test_the_meter_says_what_the_standard_says(tmp_path):
    """BS.1770: a 997 Hz sine at 0 dBFS in one channel is -3.01 LUFS, and in two 3 dB more."""
    path = tone(tmp_path / "a.wav", 2.0, level=0.999999)
    sound, rate = soundfile.read(path, dtype="float32")
    assert loudness(sound[:, :1], rate) == pytest.approx(-3.01, abs=0.01)
    assert loudness(sound, rate) == pytest.approx(0.0, abs=0.01)


def music(rng, seconds, rate=RATE):
    """Notes that swell and die away, uneven as music is."""
    at = np.arange(round(seconds * rate)) / rate
    total = np.zeros(len(at))
    for _ in range(int(seconds * 3)):
        begun, hertz = rng.uniform(0, seconds), rng.uniform(80, 2000)
        since = at - begun
        heard = since > 0
        total[heard] += np.sin(2 * np.pi * hertz * since[heard]) * np.exp(-3 * since[heard])
    return np.stack([total, np.roll(total, 300)], axis=1) * 0.02


@pytest.mark.parametrize(
    ("lufs", "kind"), [(-23.0, "wav"), (-16.0, "flac"), (-16.0, "ogg"), (-16.0, "mp3")]
)
def test_the_loudness_asked_for_is_measured_in_the_file(lufs, kind, tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, music(np.random.default_rng(1), 8.0), RATE, "PCM_24")
    done = mix([Track(path), Track(path, -6, 0.5, 1.0)], tmp_path / f"x.{kind}", lufs=lufs)
    sound, rate = soundfile.read(tmp_path / f"x.{kind}", dtype="float32")
    assert done.held_down == 0
    assert done.lufs == lufs
    assert loudness(sound, rate) == pytest.approx(lufs, abs=0.1)


def test_the_ceiling_goes_before_the_loudness_and_it_is_told(tmp_path):
    path = tone(tmp_path / "a.wav", 2.0, level=0.1)
    sound, done = mixed(tmp_path, Track(path), lufs=-0.5, ceiling=-2.0)
    assert done.held_down > 0
    assert done.peak == pytest.approx(-2.0, abs=0.01)
    assert true_peak(sound.astype(np.float32), RATE) == pytest.approx(-2.0, abs=0.05)
    assert loudness(sound, RATE) == pytest.approx(done.lufs, abs=0.1)


def test_a_peak_between_two_samples_counts(tmp_path):
    at = np.arange(RATE)
    quarter = 0.9 * np.cos(2 * np.pi * (at / 4 + 1 / 8))  # every sample lies 3 dB below the crest
    smooth = quarter * np.hanning(RATE)
    assert true_peak(smooth[:, None].astype(np.float32), RATE) == pytest.approx(-0.92, abs=0.1)


def test_a_mix_that_would_clip_is_turned_down(tmp_path):
    path = tone(tmp_path / "a.wav", level=0.8)
    sound, done = mixed(tmp_path, Track(path), Track(path))
    assert np.abs(sound).max() <= 10 ** (-1 / 20) + 1e-4
    assert done.held_down >= 20 * np.log10(1.6) + 1
    assert done.peak == pytest.approx(-1.0)


def test_what_cannot_be_mixed_is_one_line(tmp_path, monkeypatch):
    short, silent = tone(tmp_path / "a.wav", 0.2), tone(tmp_path / "b.wav", level=0.0)
    six = tmp_path / "six.wav"
    soundfile.write(six, np.zeros((100, 6)), RATE)
    (tmp_path / "text.wav").write_text("no audio")
    for path, asked, why in (
        (short, {"lufs": -14.0}, "too short"),
        (silent, {"lufs": -14.0}, "silent"),
        (six, {}, "6 channels"),
        (tmp_path / "text.wav", {}, "cannot be read as audio"),
        (tmp_path / "none.wav", {}, "does not exist"),
        (tmp_path, {}, "cannot be read as audio"),
        (short, {"lufs": 3.0}, "lufs is 3: it goes from -70 to 0"),
        (short, {"ceiling": 3.0}, "ceiling is 3"),
        (short, {"rate": 1}, "rate is 1"),
    ):
        with pytest.raises(AudioError, match=why) as told:
            mix([Track(path)], tmp_path / "out.wav", **asked)
        assert "\n" not in str(told.value)
    soundfile.write(tmp_path / "empty.wav", np.zeros((0, 2)), 44_100)
    for track in (Track(short, offset=-1.0), Track(tmp_path / "empty.wav")):
        with pytest.raises(AudioError, match="nothing is left to hear"):
            mix([track], tmp_path / "out.wav", rate=RATE)
    monkeypatch.setitem(sys.modules, "pyloudnorm", None)
    with pytest.raises(AudioError, match=r"pip install 'antiphon\[mix\]'"):
        mix([Track(silent)], tmp_path / "out.wav", lufs=-14.0)
    assert mix([Track(silent)], tmp_path / "out.wav").seconds == 1.0
