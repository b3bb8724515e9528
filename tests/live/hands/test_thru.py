import pytest

from live import midi
from live.hands.thru import Echo, rechannel


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("90 3c 40", "95 3c 40"),
        ("b3 40 7f", "b5 40 7f"),
        ("c0 05", "c5 05"),
        ("e1 00 40", "e5 00 40"),
        ("f8", "f8"),
        ("f0 7d 01 f7", "f0 7d 01 f7"),
    ],
)
def test_channel_messages_change_channel_and_others_do_not(message, expected):
    assert rechannel(bytes.fromhex(message), 5) == bytes.fromhex(expected)
    assert rechannel(bytes.fromhex(message), None) == bytes.fromhex(message)


ON = midi.note_on(0, 60, 80)


def test_the_machines_own_note_is_known_when_it_comes_back():
    echo = Echo(0.1)
    echo.sent(ON, 1.0)
    assert echo.is_echo(ON, 1.003)


def test_one_sending_is_good_for_one_echo():
    echo = Echo(0.1)
    echo.sent(ON, 1.0)
    assert echo.is_echo(ON, 1.003)
    assert not echo.is_echo(ON, 1.004)


def test_an_echo_does_not_take_for_ever():
    echo = Echo(0.1)
    echo.sent(ON, 1.0)
    assert not echo.is_echo(ON, 1.2)


def test_a_key_struck_with_another_strength_is_the_players():
    echo = Echo(0.1)
    echo.sent(ON, 1.0)
    assert not echo.is_echo(midi.note_on(0, 60, 81), 1.003)
    assert not echo.is_echo(midi.note_on(1, 60, 80), 1.003)
    assert echo.is_echo(ON, 1.004)


def test_an_off_comes_back_as_an_off_in_either_form():
    echo = Echo(0.1)
    echo.sent(midi.note_off(0, 60), 1.0)
    echo.sent(midi.note_off(0, 62), 1.0)
    assert not echo.is_echo(ON, 1.001)
    assert echo.is_echo(midi.note_off(0, 60, 64), 1.002)
    assert echo.is_echo(midi.note_on(0, 62, 0), 1.002)


@pytest.mark.parametrize(
    "message", ["b0 40 7f", "f8", "fe", "e0 00 40", "c0 05", "f0 7d f7", "d0 40", "a0 3c 40"]
)
def test_what_is_not_a_note_is_never_an_echo(message):
    echo = Echo(0.1)
    echo.sent(ON, 1.0)
    assert not echo.is_echo(bytes.fromhex(message), 1.0)
