"""A mind with another model that takes over while it plays."""

import pytest

from live.settings import Settings
from live.successor import LEAVE, fitting, takes_over_at
from live.tempo.timeline import Timeline

DRUMS = {"modes": ("answer", "continue", "drums"), "voices": ("drums",)}


def test_it_takes_over_at_the_next_bar_line_that_there_is_time_for() -> None:
    line = Timeline(1.0, 0.0, 120.0)
    assert takes_over_at(2.0, line) == 3.0
    assert takes_over_at(3.0 - LEAVE / 2, line) == 5.0


@pytest.mark.parametrize("line", [None, Timeline(1.0, 0.0, 120.0, running=False)])
def test_without_a_beat_it_takes_over_at_once(line: Timeline | None) -> None:
    assert takes_over_at(2.0, line) == 2.0


def test_what_the_model_has_not_goes_back_to_its_own_choice() -> None:
    settings = Settings(mode="duet", you="piano", me="melody, drums", mute="drums")
    assert fitting(settings, DRUMS) == {"mode": "", "you": "", "me": ""}
    assert fitting(Settings(mode="drums"), DRUMS) == {}
    assert fitting(Settings(parts="melody:2"), DRUMS) == {"parts": ""}
    assert fitting(Settings(parts="drums:11:C2-C4"), DRUMS) == {}
