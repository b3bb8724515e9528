"""What a screen is told of the harmony: the key that is heard, or the left hand's chord."""

import pytest

from live.page.change import Change
from live.page.harmony import Harmony, chord_name
from live.page.hub import Hub
from live.page.known import News

C_MAJOR = (60, 62, 64, 65, 67, 69, 71, 72, 71, 67, 64, 60)


class Player:
    """Plays on the roll; told: what came of it, last."""

    def __init__(self, **values):
        self.told = None
        self._harmony = Harmony()
        self._number = 0
        self._hear(News({"values": {"split": 0, "left": "chord", "scale": ""} | values}))

    def _hear(self, news):
        self.told = self._harmony.add(news).get("harmony", self.told)

    def set(self, **values):
        self._hear(News({"values": values}))

    def plays(self, *pitches, side=0):
        """Together, and lets go."""
        first = self._number + 1
        self._number += len(pitches)
        numbers = range(first, self._number + 1)
        begun = tuple((n, side, 1.0, p, 80) for n, p in zip(numbers, pitches, strict=True))
        self._hear(News(roll=Change(1.0, begun)))
        self._hear(News(roll=Change(1.5, ended=tuple((n, side, 1.5) for n in numbers))))


@pytest.mark.parametrize(
    ("pitches", "name"),
    [
        ((60, 64, 67), "C"),
        ((57, 60, 64), "Am"),
        ((52, 60, 67), "C/E"),
        ((50, 53, 57, 60), "Dm7"),
        ((43, 47, 53), "G7"),
        ((60, 61, 62), "C C♯ D"),
        ((58, 62, 65, 82), "B♭"),
    ],
)
def test_a_chord_has_the_name_that_players_give_it(pitches, name):
    assert chord_name(frozenset(pitches)) == name


def test_the_key_that_you_play_in_is_told_and_the_machine_is_not_listened_to():
    player = Player()
    for pitch in C_MAJOR:
        player.plays(pitch + 2, side=1)
    assert player.told is None
    for pitch in C_MAJOR:
        player.plays(pitch)
    assert player.told == {"kind": "key", "text": "C / Am"}
    for pitch in 2 * C_MAJOR:
        player.plays(pitch + 6)
    assert player.told == {"kind": "key", "text": "G♭ / E♭m"}


def test_a_chord_of_the_left_hand_stays_until_the_next_and_is_no_melody():
    player = Player(split=60)
    player.plays(45, 48, 52)
    assert player.told == {"kind": "chord", "text": "Am"}
    player.plays(43)
    assert player.told is None
    player.plays(43, 47, 50)
    player.set(split=0)
    assert player.told is None


def test_a_scale_that_was_set_goes_before_what_is_heard():
    player = Player()
    player.set(scale="F# dorian")
    assert player.told == {"kind": "scale", "text": "F# dorian"}
    player.set(scale="")
    assert player.told is None


def test_every_browser_is_told():
    hub = Hub("session", lambda: 0.0, lambda *_: True)
    hub.add(News({"values": {"split": 0, "left": "chord", "scale": "A minor"}}))
    assert hub.known.state["harmony"] == {"kind": "scale", "text": "A minor"}
