import pytest

from live import midi


@pytest.mark.parametrize(
    ("message", "on", "off"),
    [
        ("90 3c 40", True, False),
        ("9f 3c 01", True, False),
        ("90 3c 00", False, True),
        ("80 3c 40", False, True),
        ("90 3c", False, False),
        ("a0 3c 40", False, False),
        ("", False, False),
    ],
)
def test_a_note_on_without_velocity_is_a_note_off(message, on, off):
    message = bytes.fromhex(message)
    assert (midi.is_note_on(message), midi.is_note_off(message)) == (on, off)


@pytest.mark.parametrize(
    ("message", "whole"),
    [
        ("90 3c 40", True),
        ("c0 05", True),
        ("d3 7f", True),
        ("90 3c", False),
        ("90 3c 40 40", False),
        ("c0 05 00", False),
        ("90 80 40", False),
        ("f8", False),
        ("f0 01 f7", False),
        ("3c 40", False),
        ("", False),
    ],
)
def test_a_channel_message_has_just_the_bytes_of_its_kind(message, whole):
    assert midi.is_whole(bytes.fromhex(message)) is whole


def test_what_is_written_reads_back():
    assert midi.note_on(9, 60, 80) == bytes.fromhex("99 3c 50")
    assert midi.note_off(9, 60) == bytes.fromhex("89 3c 00")
    assert midi.control_change(2, midi.SUSTAIN, 127) == bytes.fromhex("b2 40 7f")
    assert midi.is_control(midi.control_change(2, 64, 0), midi.SUSTAIN)
    assert midi.channel_of(midi.note_on(9, 60, 80)) == 9


def test_only_channel_messages_have_a_channel():
    assert midi.has_channel(b"\xe3\x00\x40")
    assert not any(map(midi.has_channel, (b"", b"\xf8", b"\xf0\x01\xf7", b"\x3c\x40")))
