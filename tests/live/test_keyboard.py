"""What the player's messages come to."""

import pytest

from live.keyboard import Keyboard, Touch
from live.plan import Heard
from live.settings import Settings

ON, OFF, UP = (0x90, 60, 80), (0x80, 60, 0), (0x90, 60, 0)


@pytest.fixture
def keyboard():
    keyboard = Keyboard()
    keyboard.apply(Settings(split=48, hold="key:36"))
    return keyboard


def hear(keyboard, *messages, seq=1):
    touches = []
    for n, message in enumerate(messages):
        touches.append(keyboard.hear(Heard(seq + n, 0.5 * (n + 1), bytes(message))))
    return touches


@pytest.mark.parametrize("up", [OFF, UP])
def test_a_key_begins_a_note_and_ends_it_when_it_comes_up(keyboard, up):
    down, ended = hear(keyboard, ON, up)
    assert down == Touch(takes_floor=True, begins=True)
    assert ended == Touch(ended=frozenset({60}))
    assert keyboard.released == 1.0
    assert keyboard.keys == frozenset()


def test_a_key_that_is_struck_again_ends_its_note_and_begins_one(keyboard):
    again = hear(keyboard, ON, ON)[1]
    assert again == Touch(takes_floor=True, begins=True, ended=frozenset({60}))
    assert keyboard.released is None
    assert keyboard.keys == {60}


def test_all_notes_off_ends_every_note(keyboard):
    ended = hear(keyboard, ON, (0x90, 64, 80), (0xB0, 123, 0))[2].ended
    assert ended == {60, 64}


def test_a_chord_of_the_left_hand_steers_and_is_no_music(keyboard):
    settings = Settings(split=48, hold="key:36")
    touches = hear(keyboard, (0x90, 40, 80), (0x90, 44, 80), (0x80, 40, 0))
    assert touches == [Touch(), Touch(steers=True), Touch()]
    assert keyboard.classes_by(settings) == {4, 8}
    assert keyboard.classes_by(Settings(split=50)) == frozenset(range(12))
    assert keyboard.keys == frozenset()


def test_the_key_that_gives_the_floor_is_no_music_and_takes_it_all_the_same():
    keyboard = Keyboard()
    keyboard.apply(Settings(hold="key:36"))
    assert hear(keyboard, (0x90, 36, 80)) == [Touch(takes_floor=True)]
    assert keyboard.pressed == 0.5
    assert keyboard.keys == frozenset()


def test_other_hands_begin_with_no_key_down(keyboard):
    hear(keyboard, ON, seq=5)
    touch = hear(keyboard, (0x90, 62, 80), seq=1)[0]
    assert touch.ended == frozenset()
    assert keyboard.keys == {62}


def test_a_damaged_message_comes_to_nothing(keyboard):
    assert hear(keyboard, (0x90, 200, 80)) == [Touch()]
    assert keyboard.seq == 1
