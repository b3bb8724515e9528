"""Every control is declared once, where it is obeyed."""

from dataclasses import fields

from live.controls.control import Home, Kind
from live.controls.table import CONTROLS, DEFAULTS, of_action
from live.hands.config import HandsSettings
from live.modes import MODES
from live.settings import Settings


def names(home):
    return {c.name for c in CONTROLS.values() if c.home is home}


def test_there_is_a_control_for_every_setting_of_the_mind_and_of_the_hands_and_each_has_one_home():
    mind, hands = ({item.name for item in fields(table)} for table in (Settings, HandsSettings))
    shared = {"latency"}  # the hands' to set, and the mind's to know
    assert names(Home.MIND) == mind - shared
    assert names(Home.HANDS) == hands
    assert names(Home.ACTION) == {"panic", "start", "stop"}
    assert mind & hands == shared


def test_defaults_are_those_of_the_tables():
    tables = Settings().to_dict() | HandsSettings().to_dict()
    assert {name: tables[name] for name in tables if name != "again"} == {**DEFAULTS}


def test_every_control_says_what_it_is_and_where():
    for name, control in CONTROLS.items():
        assert control.name == name
        assert control.help
        assert control.range
        assert control.address == f"/antiphon/{name}"


def test_kinds_follow_from_the_fields():
    kinds = {name: CONTROLS[name].kind for name in ("temperature", "trade", "rest", "clock", "you")}
    assert kinds == {
        "temperature": Kind.NUMBER,
        "trade": Kind.WHOLE,
        "rest": Kind.SWITCH,
        "clock": Kind.CHOICE,
        "you": Kind.TEXT,
    }
    assert CONTROLS["mode"].choices == tuple(MODES)
    assert CONTROLS["tempo"].unit == "bpm"


def test_an_action_does_what_a_setting_does():
    assert of_action("start") == {"transport": 1}
    assert of_action("stop") == {"transport": 0}
    assert of_action("panic") == {}
    assert of_action("again") == {"again": 1}
    assert CONTROLS["again"].kind is Kind.TRIGGER
