"""A knob that steers Antiphon reaches the synth too, unless it is named in `thru_not`."""

import pytest

from live.hands.config import HandsConfig, HandsSettings
from live.hands.destinations import Destination
from live.hands.ledger import Ledger
from live.hands.playing import Playing
from live.settings import SettingError


def played(messages, **settings):
    """What goes out, and what the mind hears."""
    sent = []
    config = HandsConfig(settings=HandsSettings(**settings))
    playing = Playing(config, [Destination(sent.append, Ledger())], lambda: 0.0)
    for message in messages:
        playing.hear(0, bytes.fromhex(message), 0.0)
    heard = [event.message.hex(" ") for event in playing.waiting_events()]
    return [message.hex(" ") for message in sent], heard


MESSAGES = ["b0 15 40", "b3 16 40", "b0 17 40", "90 15 40"]


def test_named_controllers_are_kept_and_the_mind_hears_them():
    sent, heard = played(MESSAGES, thru_not="21, 22")
    assert sent == ["b0 17 40", "90 15 40"]
    assert heard == MESSAGES


def test_a_pedal_kept_while_it_is_down_comes_up_first():
    sent = []
    playing = Playing(HandsConfig(), [Destination(sent.append, Ledger())], lambda: 0.0)
    playing.hear(0, bytes.fromhex("b0 40 7f"), 0.0)
    playing.set({"thru_not": "64"})
    playing.hear(0, bytes.fromhex("b0 40 00"), 0.0)
    assert [message.hex(" ") for message in sent] == ["b0 40 7f", "b0 40 00"]


@pytest.mark.parametrize("text", ["128", "-1", "x", "21 22", "9" * 5000])
def test_what_is_no_controller_is_one_line(text):
    with pytest.raises(SettingError, match="give controllers, 0 to 127"):
        HandsSettings(thru_not=text)
