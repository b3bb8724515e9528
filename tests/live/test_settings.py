import json
from dataclasses import fields

import pytest

from live.settings import SettingError, Settings, parse_hold

LARGE = 5000 * "9"
RANGED = [item for item in fields(Settings) if item.metadata["low"] is not None]


@pytest.mark.parametrize("item", RANGED, ids=lambda item: item.name)
def test_a_number_goes_from_its_lowest_to_its_highest_and_no_further(item):
    low, high = item.metadata["low"], item.metadata["high"]
    for value in (low, high):
        settings = Settings().with_values({"low": 0, "high": 127, item.name: value})
        assert getattr(settings, item.name) == value
    for value in (low - 1, high + 1, -1e9, 1e9):
        with pytest.raises(SettingError, match=f"^{item.name} is .*: it goes from"):
            Settings().with_values({item.name: value})


@pytest.mark.parametrize("item", fields(Settings), ids=lambda item: item.name)
def test_every_setting_says_what_it_is(item):
    assert item.metadata["help"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"volume": 3}, "there is no setting 'volume'; there are: mode, "),
        ({"tempo": "fast"}, "tempo cannot be 'fast': it is a float"),
        ({"low": None}, "low cannot be None: it is a int"),
        ({"low": float("inf")}, "low cannot be inf"),
        ({"low": float("nan")}, "low cannot be nan"),
        ({"tempo": float("nan")}, "tempo is nan"),
        ({"tempo": float("inf")}, "tempo is inf"),
        ({"low": [60]}, r"low cannot be \[60\]"),
        ({"low": 70, "high": 60}, r"low \(70\) is above high \(60\)"),
        ({"hold": "elbow"}, "hold is 'elbow': give pedal"),
        ({"hold": "elbow\nor\nknee"}, "hold is"),
    ],
)
def test_a_value_that_does_not_fit_is_one_clear_line(values, words):
    with pytest.raises(SettingError, match=words) as raised:
        Settings().with_values(values)
    assert len(str(raised.value).splitlines()) == 1


def test_changing_some_leaves_the_others_and_the_first_alone():
    first = Settings(tempo=90.0)
    changed = first.with_values({"low": "40", "mode": "continue"})
    assert (changed.tempo, changed.low, changed.mode) == (90.0, 40, "continue")
    assert (first.low, first.mode) == (21, "")


def test_settings_travel_as_json():
    settings = Settings(mode="continue", hold="cc:20", temperature=1.25)
    assert Settings().with_values(json.loads(json.dumps(settings.to_dict()))) == settings


@pytest.mark.parametrize(
    ("text", "hold"),
    [
        ("", None),
        ("pedal", ("cc", 64)),
        ("sostenuto", ("cc", 66)),
        ("soft", ("cc", 67)),
        ("cc:0", ("cc", 0)),
        ("cc:127", ("cc", 127)),
        ("key:36", ("key", 36)),
    ],
)
def test_a_control_is_a_pedal_a_controller_or_a_key(text, hold):
    assert parse_hold(text) == hold


@pytest.mark.parametrize(
    "text",
    ["cc", "cc:", "cc:128", "key:-1", "key:c4", "cc:6.4", "note:3", ":3", "cc:3:4", "cc:" + LARGE],
    ids=lambda text: text[:8],
)
def test_anything_else_is_no_control(text):
    with pytest.raises(SettingError, match="give pedal, sostenuto, soft, cc:0 to cc:127 or key:0"):
        parse_hold(text)
