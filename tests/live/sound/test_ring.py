"""The ring between the hands and the synth, and the clock of the blocks."""

import pytest

from live import midi
from live.sound.blocks import MARGIN, Blocks
from live.sound.ring import RingReader, RingWriter, shared_ring

NOTE = midi.note_on(0, 60, 100)


def test_what_is_written_is_read_once_in_order_with_its_moment():
    memory = shared_ring()
    writer, reader = RingWriter(memory), RingReader(memory)
    messages = [(midi.note_on(0, key, 90), key / 8) for key in range(40, 80)]
    for message, due in messages:
        writer.write(message, due)
    writer.write(midi.program_change(3, 5), 1.0)
    assert list(reader.read()) == [*messages, (midi.program_change(3, 5), 1.0)]
    assert list(reader.read()) == []


def test_it_goes_round():
    memory = shared_ring()
    writer, reader = RingWriter(memory), RingReader(memory)
    for number in range(5000):
        writer.write(NOTE, number)
        assert list(reader.read()) == [(NOTE, number)]
    assert reader.lost == 0


def test_who_writes_never_waits_and_who_comes_too_late_is_told():
    memory = shared_ring()
    writer, reader = RingWriter(memory), RingReader(memory)
    for number in range(5000):
        writer.write(NOTE, number)
    assert list(reader.read()) == []
    assert reader.lost == 5000
    writer.write(NOTE, 1.0)
    assert list(reader.read()) == [(NOTE, 1.0)]


def test_another_reader_or_writer_goes_on_from_where_it_is():
    memory = shared_ring()
    RingWriter(memory).write(NOTE, 0.0)
    reader = RingReader(memory)
    RingWriter(memory).write(NOTE, 1.0)
    assert list(reader.read()) == [(NOTE, 1.0)]


def test_what_is_longer_than_a_place_is_left_out():
    memory = shared_ring()
    writer, reader = RingWriter(memory), RingReader(memory)
    writer.write(bytes((0xF0, *range(20), 0xF7)), 0.0)
    writer.write(midi.master_volume(0.5), 1.0)
    assert list(reader.read()) == [(midi.master_volume(0.5), 1.0)]


BLOCK = 128 / 48000


def test_a_message_sounds_at_a_constant_delay_though_the_callback_comes_unevenly():
    blocks = Blocks(BLOCK)
    delays = []
    for number in range(4000):
        begins = number * BLOCK
        blocks.begin(begins + (0.0004 if number % 3 else 0.0001))
        due = begins - 0.3 * BLOCK
        if number > 1000:
            delays.append(blocks.began + blocks.place(due) - due)
    assert max(delays) - min(delays) < 1e-9
    assert delays[0] == pytest.approx(BLOCK + MARGIN, abs=1e-9)


def test_the_clock_of_the_blocks_is_even_and_follows_the_card():
    blocks = Blocks(BLOCK)
    card = BLOCK * 1.0003  # slower than it says
    begun = []
    for number in range(8000):
        blocks.begin(number * card + (0.0005 if number % 7 == 0 else 0.0))
        begun.append(blocks.began - number * card)
    late = begun[4000:]
    assert max(late) - min(late) < 0.0001
    assert abs(sum(late) / len(late) - 0.0005 / 7) < 0.0001


def test_after_a_standstill_it_begins_anew():
    blocks = Blocks(BLOCK)
    for number in range(100):
        blocks.begin(number * BLOCK)
    blocks.begin(5.0)
    assert blocks.began == 5.0


def test_where_messages_come_later_than_their_place_all_sound_a_little_later():
    blocks = Blocks(BLOCK)
    for number in range(2):
        blocks.begin(1.0 + number * BLOCK)
    late = blocks.began - BLOCK - MARGIN - 0.002
    blocks.meet(late)
    assert blocks.place(late) == 0.0
    assert blocks.delay == pytest.approx(BLOCK + MARGIN + 0.002)
    blocks.meet(0.0)
    assert blocks.delay <= 0.05  # what is so late is no rule
    for number in range(2, 40000):
        blocks.begin(1.0 + number * BLOCK)
    assert blocks.delay == pytest.approx(BLOCK + MARGIN, abs=1e-5)


def test_what_is_late_because_the_card_lost_time_makes_nothing_else_late():
    blocks = Blocks(BLOCK)
    for at, missing in ((1.0, False), (1.0 + BLOCK, False), (1.05, True), (5.0, False)):
        blocks.begin(at, missing)
        if at in (1.05, 5.0):
            blocks.meet(at - 0.03)
            assert blocks.delay == pytest.approx(BLOCK + MARGIN)
