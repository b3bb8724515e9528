"""Who has the floor, and what the mind is told when the hands decide."""

import pytest

from live.hands.config import HandsConfig, HandsSettings
from live.hands.destinations import Destination
from live.hands.ledger import Ledger
from live.hands.playing import Playing
from live.plan import Heard, OnTouch, Plan, PlannedNote


class Stage:
    def __init__(self, **config):
        self.now = 0.0
        self.sent = []
        mute_key = config.pop("mute_key", None)
        config = HandsConfig(settings=HandsSettings(**config), mute_key=mute_key)
        self.playing = Playing(config, [Destination(self.sent.append, Ledger())], lambda: self.now)

    def hear(self, hexes, source=0):
        self.playing.hear(source, bytes.fromhex(hexes), self.now)

    def sound(self, on_touch=OnTouch.YIELD):
        """A machine note sounds and another is planned."""
        notes = tuple(PlannedNote(i, self.now + i, 5.0, 2, 60 + i, 80) for i in range(2))
        self.playing.follow(Plan(99, notes, on_touch=on_touch))
        self.playing.play()
        self.sent.clear()

    @property
    def out(self):
        hexes = [message.hex(" ") for message in self.sent]
        self.sent.clear()
        return hexes

    def told(self):
        events = self.playing.waiting_events()
        return [event.message.hex(" ") for event in events if isinstance(event, Heard)]


@pytest.mark.parametrize("quiet", ["b0 7b 00", "b0 78 00"])
def test_a_player_who_wants_silence_takes_the_floor(quiet):
    stage = Stage()
    stage.sound()
    stage.hear(quiet)
    assert stage.out == [quiet, "82 3c 00"]
    assert stage.playing.next_due() is None


def test_after_a_panic_the_mind_knows_that_it_has_lost_the_floor():
    stage = Stage()
    stage.sound()
    stage.playing.panic()
    assert stage.out == ["82 3c 00"]
    assert stage.told() == ["b0 7b 00"]
    stage.playing.follow(Plan(0, (PlannedNote(9, 1.0, 1.0, 2, 70, 80),)))
    assert stage.playing.next_due() is None  # planned before it knew


def test_the_mute_key_is_heard_but_neither_sounds_nor_takes_the_floor():
    stage = Stage(mute_key=21)
    stage.sound()
    stage.hear("90 15 40")
    stage.hear("80 15 00")
    assert stage.out == []
    assert stage.told() == ["90 15 40", "80 15 00"]
    assert stage.playing.next_due() is not None


@pytest.mark.parametrize("thru", [True, False])
def test_the_keys_of_a_lost_input_come_up_for_the_mind_too(thru):
    stage = Stage(thru=thru)
    stage.hear("90 3c 40", source=0)
    stage.hear("93 40 40", source=1)
    stage.told()
    stage.playing.input_lost(1)
    assert stage.told() == ["83 40 00"]


@pytest.mark.parametrize("damaged", ["", "90 ff 40", "b0 40 ff"])
def test_a_damaged_message_does_nothing(damaged):
    stage = Stage()
    stage.hear(damaged)
    assert stage.out == []
    assert stage.told() == []
