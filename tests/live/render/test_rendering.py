"""What is rendered sounds when it was played, to the frame, and neither clips nor clicks."""

import io
import tempfile

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from live import midi
from live.errors import UserError
from live.render.offline import BLOCK, play
from live.render.rendering import CEILING, render, stem_file
from live.render.score import MACHINE, YOU, Stem

from .bursts import RATE, Bursts, onsets


def stem(name: str, *onsets_at: float, length: float = 0.1, pitch: int = 69) -> Stem:
    events = []
    for at in onsets_at:
        events += [(at, midi.note_on(0, pitch, 127)), (at + length, midi.note_off(0, pitch))]
    return Stem(name, tuple(events), max(onsets_at) + length)


TWO = (stem(YOU, 0.0, 0.5003, 1.25), stem(MACHINE, 0.7501, 2.0, pitch=76))


@given(st.lists(st.integers(1, 9999), min_size=1, max_size=8, unique=True))
@settings(max_examples=20)
def test_every_message_is_sent_before_its_own_frame(ticks):
    synth = Bursts()
    times = [tick / 1777 for tick in sorted(ticks)]
    events = tuple((at, midi.control_change(0, 1, i)) for i, at in enumerate(times))
    blocks = list(play(Stem(YOU, events, times[-1]), synth, RATE))
    assert synth.sent == [(round(at * RATE), message) for at, message in events]
    assert {len(block) for block in blocks} == {round(BLOCK * RATE)}


def test_onsets_in_the_file_are_those_of_the_schedule_to_the_frame(tmp_path):
    done = render(TWO, lambda _: Bursts(), tmp_path / "x.wav", RATE)
    sound, rate = soundfile.read(done.files[0])
    assert rate == RATE
    wanted = sorted(round(at * RATE) for one in TWO for at in one.onsets)
    assert onsets(sound, rate) == wanted


def test_stems_are_as_long_as_each_other_and_their_sum_is_the_mix(tmp_path):
    loud = [Stem(s.name, s.events, s.end) for s in TWO]
    synths = lambda _: Bursts(level=0.9)  # noqa: E731
    apart = render(loud, synths, tmp_path / "x.wav", RATE, apart=True)
    mixed = render(loud, synths, tmp_path / "x.wav", RATE)
    assert apart.files == (tmp_path / "x-you.wav", tmp_path / "x-machine.wav")
    you, machine, both = (soundfile.read(path)[0] for path in (*apart.files, *mixed.files))
    assert len(you) == len(machine) == len(both) == round(mixed.seconds * RATE)
    assert np.abs(you + machine - both).max() < 1e-6
    assert onsets(machine, RATE) == [round(at * RATE) for at in TWO[1].onsets]


def test_what_would_clip_is_turned_down_and_what_would_not_is_left_alone(tmp_path):
    together = (stem(YOU, 0.1), stem(MACHINE, 0.1))
    loud = render(together, lambda _: Bursts(level=0.8), tmp_path / "x.wav", RATE)
    sound, _ = soundfile.read(loud.files[0])
    assert 20 * np.log10(np.abs(sound).max()) == pytest.approx(CEILING, abs=0.01)
    assert loud.turned_down == pytest.approx(20 * np.log10(1.6) - CEILING, abs=0.01)
    soft = render(together, lambda _: Bursts(level=0.2), tmp_path / "x.wav", RATE)
    assert soft.turned_down == 0
    assert soft.peak == pytest.approx(20 * np.log10(0.4), abs=0.01)


def test_a_side_is_as_loud_as_it_is_told(tmp_path):
    render(TWO, lambda _: Bursts(), tmp_path / "x.wav", RATE, apart=True, gains={MACHINE: -6.0})
    you, machine = (soundfile.read(stem_file(tmp_path / "x.wav", n.name))[0] for n in TWO)
    assert np.abs(machine).max() / np.abs(you).max() == pytest.approx(10 ** (-6 / 20), rel=1e-3)


class Bell(Bursts):
    """Rings for long after its key has come up; halves: seconds in which it gets half as loud."""

    def __init__(self, halves: float = 0.3, level: float = 0.5) -> None:
        super().__init__(level=level)
        self.halves = halves

    def render(self, frames: int) -> np.ndarray:
        at = (self.at + np.arange(frames)) / self.rate
        self.at += frames
        ring = self.level * np.cos(2 * np.pi * 440 * at) * 0.5 ** (at / self.halves)
        return np.repeat(ring[:, None], 2, axis=1).astype(np.float32)


def test_a_soft_side_that_is_made_louder_is_heard_to_its_end(tmp_path):
    path = tmp_path / "x.wav"
    loud, soft = (
        render([stem(YOU, 0.0)], lambda _, h=level: Bell(0.3, h), path, RATE, gains={YOU: gain})
        for level, gain in ((0.5, 0.0), (0.005, 40.0))
    )
    assert soft.seconds == loud.seconds


def test_a_tail_is_heard_until_it_is_silent_and_ends_without_a_click(tmp_path):
    for halves, seconds in ((0.3, (3.0, 4.5)), (1e9, (15.0, 15.6))):
        done = render([stem(YOU, 0.0)], lambda _, h=halves: Bell(h), tmp_path / "x.wav", RATE)
        assert seconds[0] <= done.seconds <= seconds[1]
        sound = soundfile.read(done.files[0])[0][:, 0]
        steps = np.abs(np.diff(sound))
        assert steps[len(steps) // 2 :].max() <= steps[: len(steps) // 2].max()
        assert abs(sound[-1]) < 1e-4


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "mp3"])
def test_every_kind_of_file_holds_the_same_music(kind, tmp_path):
    done = render(TWO, lambda _: Bursts(), tmp_path / f"x.{kind}", RATE)
    sound, rate = soundfile.read(done.files[0])
    assert (rate, len(sound)) == (RATE, round(done.seconds * RATE))
    found = np.array(onsets(sound, rate, 0.1, 0.05))
    wanted = np.sort([at for one in TWO for at in one.onsets])
    assert np.abs(found / rate - wanted).max() < 0.005


def test_every_synth_is_let_go_of_also_where_it_fails(tmp_path):
    made = []

    class Broken(Bursts):
        def render(self, frames: int) -> np.ndarray:
            raise UserError("no font")

    def synth(name: str) -> Bursts:
        made.append(Broken() if name == MACHINE else Bursts())
        return made[-1]

    with pytest.raises(UserError, match="no font"):
        render(TWO, synth, tmp_path / "x.wav", RATE)
    assert [one.closed for one in made] == [True, True]


@pytest.mark.parametrize(
    ("name", "rate", "why"),
    [
        ("x.aac", RATE, "none of .wav, .flac, .ogg, .mp3"),
        ("x.mp3", 96_000, "goes up to 48000 Hz"),
        ("none/x.wav", RATE, "there is no folder"),
    ],
)
def test_a_file_that_cannot_be_is_told_before_anything_is_played(name, rate, why, tmp_path):
    with pytest.raises(UserError, match=why):
        render(TWO, pytest.fail, tmp_path / name, rate)


def test_hours_are_too_long(tmp_path):
    with pytest.raises(UserError, match="too long"):
        render([stem(YOU, 0.0, 90_000.0)], pytest.fail, tmp_path / "x.wav", RATE)


def test_a_full_disk_is_one_line(tmp_path, monkeypatch):
    class Full(io.BytesIO):
        def write(self, _):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", Full)
    with pytest.raises(UserError, match=r"x.wav cannot be rendered \(No space left on device\)"):
        render(TWO, lambda _: Bursts(), tmp_path / "x.wav", RATE)
