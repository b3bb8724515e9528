"""The synth in a process of its own, with a sound card that nobody hears."""

import contextlib
import time
from types import SimpleNamespace

import numpy as np
import pytest

from live import midi
from live.sound import keeper, process
from live.sound.blocks import MARGIN
from live.sound.config import NULL, SoundConfig, SoundError
from live.sound.keeper import Sound
from live.sound.process import STARTS, Player
from live.sound.ring import RingWriter, shared_ring
from live.sound.synth import Synth

from .small_font import write_font

PATIENCE = 60.0  # seconds: for a slow machine under load


class Kept:
    """A synth's process, kept as the stage keeps it."""

    def __init__(self, **config):
        self.lines, self.begun = [], 0
        ring = shared_ring()
        self.writer = RingWriter(ring)
        self.sound = Sound(
            SoundConfig(device=NULL, **config), ring, self.lines.append, self._begins
        )

    def _begins(self):
        self.begun += 1

    def until(self, condition):
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, self.lines
            for wire, take_in, fell in self.sound.wires():
                try:
                    if wire.poll(0.02):
                        take_in(wire.recv())
                except (EOFError, OSError):
                    fell()


@pytest.fixture
def keep():
    kept = []

    def start(**config):
        kept.append(Kept(**config))
        return kept[-1]

    yield start
    for one in kept:
        with contextlib.suppress(OSError):
            one.sound.stop()


def test_it_plays_what_is_in_the_ring_and_is_started_anew_where_it_falls(keep, font):
    kept = keep(font=str(font), block=480)
    for turn in range(2):
        kept.until(lambda: kept.sound.about)
        assert kept.sound.about["device"] == NULL

        def sounds():
            kept.writer.write(midi.note_on(0, 60, 100), time.perf_counter())
            return kept.sound.stats.get("voices", 0) > 0

        kept.until(sounds)
        assert kept.begun == turn + 1  # it has heard of nothing that was sent before
        if turn == 0:
            kept.sound._child.process.kill()
            kept.until(lambda: not kept.sound.about)
            kept.sound.stats = {}
    assert kept.lines == ["the synth fell: starting anew"]


def test_what_cannot_play_is_one_line_and_is_not_tried_again(keep, tmp_path):
    (tmp_path / "none.sf2").write_bytes(b"")
    kept = keep(font=str(tmp_path / "none.sf2"))
    kept.until(lambda: not kept.sound.wires())
    assert len(kept.lines) == 1
    assert "none.sf2" in kept.lines[0]
    assert kept.sound.settled


class Hand:
    """A process of the synth's, as a test plays it."""

    class process:
        exitcode = 2

        @staticmethod
        def join(_):
            pass

    def __init__(self, *_):
        self.falls, self.wire = None, None

    def fell(self):
        return False


def test_a_card_that_was_pulled_out_is_looked_for_in_silence_until_it_is_back(monkeypatch):
    monkeypatch.setattr(keeper, "Child", Hand)
    monkeypatch.setattr(keeper, "LOOK_AGAIN", -1.0)
    lines, begun = [], []
    sound = Sound(SoundConfig(), None, lines.append, lambda: begun.append(True))

    def told(*messages):
        ((_, take_in, fell),) = sound.wires()
        for message in messages:
            take_in(message)
        return fell

    told(("ready", {"device": "USB"}))
    assert begun == [True]
    told(("problem", "USB asks for no sound any more"))()
    for _ in range(3):
        assert sound.about == {}
        told(("problem", "no device is called 'USB'"))()
    told(("ready", {"device": "USB"}))
    assert lines == ["USB asks for no sound any more", "there is sound again, by USB"]
    assert begun == [True, True]


def test_where_there_was_no_card_at_first_it_is_not_looked_for(monkeypatch):
    monkeypatch.setattr(keeper, "Child", Hand)
    monkeypatch.setattr(keeper, "LOOK_AGAIN", -1.0)
    lines = []
    sound = Sound(SoundConfig(), None, lines.append, lambda: None)
    ((_, take_in, fell),) = sound.wires()
    take_in(("problem", "no sound card"))
    fell()
    assert sound.wires() == []
    assert lines == ["no sound card"]


@pytest.mark.parametrize("values", [{"rate": 1}, {"block": 0}, {"block": 1 << 20}])
def test_a_rate_or_block_out_of_its_range_is_one_line(values):
    with pytest.raises(SoundError, match="it goes from"):
        SoundConfig(**values)


class Fills:
    """A Player without a card: blocks are asked for one after the other."""

    def __init__(self, font):
        ring = shared_ring()
        self.writer = RingWriter(ring)
        self.player = Player(SoundConfig(realtime=False), ring, Synth(font))
        self.block = np.empty((128, 2), np.float32)

    def fill(self, missing=False):
        self.player.fill(self.block, missing)
        return float(abs(self.block).max())


def test_messages_that_were_lost_leave_nothing_hanging(font):
    fills = Fills(font)
    fills.writer.write(midi.note_on(0, 60, 100), 0.0)
    fills.fill()
    assert fills.player.stats()["voices"] == 1
    for _ in range(2000):
        fills.writer.write(midi.note_on(0, 64, 100), 0.0)
    fills.fill()
    assert fills.player.stats()["voices"] == 0
    assert fills.player.stats()["lost"] == 2000


def test_a_note_sounds_at_its_moment_though_the_card_loses_time_before_it(font, monkeypatch):
    fills, moment = Fills(font), SimpleNamespace(perf_counter=lambda: 0.0, thread_time=lambda: 0.0)
    monkeypatch.setattr(process, "time", moment)
    fills.writer.write(midi.note_on(0, 60, 100), 0.1)
    sounds = []
    for number in range(60):
        lost = 0.03 if number > 20 else 0.0
        moment.perf_counter = lambda at=number * 128 / 48000 + lost: at
        if fills.fill(missing=number == 21) > 0:
            sounds.append(moment.perf_counter())
    assert sounds[0] == pytest.approx(0.1 + 128 / 48000, abs=128 / 48000)


def test_a_fault_is_silence_and_a_line_not_the_end(tmp_path):
    fills = Fills(write_font(tmp_path / "small.sf2"))
    fills.player._synth.render = None
    assert fills.fill() == 0.0
    assert len(fills.player.faults) == 1


def test_the_device_may_ask_for_blocks_of_its_own(font):
    fills = Fills(font)
    fills.writer.write(midi.note_on(0, 60, 100), time.perf_counter() + 60.0)
    for frames in (128, 64, 64, 512):
        out = np.empty((frames, 2), np.float32)
        fills.player.fill(out, False)
        assert fills.player.block == frames
    assert fills.player.stats()["delay_ms"] == pytest.approx((512 / 48000 + MARGIN) * 1e3)
    assert fills.player.faults == []


def test_under_runs_are_counted_but_those_of_the_start(font):
    fills = Fills(font)
    for _ in range(int(STARTS * 48000 / 128)):
        fills.fill(True)
    for missing in (False, True, False, True):
        fills.fill(missing)
    assert fills.player.stats()["missing"] == 2
