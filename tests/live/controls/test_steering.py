"""What is typed, turned and sent, on a stage that only writes down what it is told."""

import pytest

from live import midi
from live.controls.bindings import Bindings, Knob
from live.controls.control import ControlError
from live.controls.desk import Desk
from live.controls.kept import read_kept
from live.controls.steering import Steering
from live.controls.table import DEFAULTS
from live.errors import UserError
from live.hands.config import HandsSettings
from live.settings import Settings


class Told:
    """A stage, and an OSC that is this test."""

    def __init__(self):
        self.mind, self.hands, self.panics = Settings(), HandsSettings(), 0
        self.osc, self.loaded, self.model = [], [], "pop"

    @property
    def values(self):
        return {
            n: v for n, v in (self.mind.to_dict() | self.hands.to_dict()).items() if n in DEFAULTS
        }

    def change(self, values):
        self.mind = self.mind.with_values(values)

    def set_hands(self, values):
        self.hands = self.hands.with_values(values)

    def load(self, model, values):
        if model.stem == self.model:
            return False
        self.model = model.stem
        self.mind = self.mind.with_values(values)
        self.loaded.append((model.stem, values))
        return True

    def panic(self):
        self.panics += 1

    def take(self):
        osc, self.osc = self.osc, []
        return osc


class Session:
    def __init__(self, folder, kept=None):
        self.stage, self.desk, self.said = Told(), Desk(kept), []
        self.file = folder / "knobs.toml"
        self.now = 0.0
        self.steering = Steering(
            self.stage,
            self.desk,
            self.file,
            self.said.append,
            osc=self.stage,
        )

    def type(self, *lines):
        for line in lines:
            self.steering.obey(line)
        self.turn()

    def send(self, word, value=None):
        self.stage.osc.append((word, value))
        self.turn()

    def move(self, cc, value):
        self.desk.hear(midi.control_change(0, cc, value))
        self.turn()

    def turn(self):
        self.now += 2.0
        self.steering.turn(self.now)


@pytest.fixture
def session(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return Session(tmp_path)


def test_typed_sent_and_turned_are_one(session):
    session.type("tempo 90")
    typed = session.stage.values
    session.type("tempo 120")
    session.send("tempo", 90.0)
    assert session.stage.values == typed
    session.type("learn low")
    session.move(20, 1)
    session.move(20, 64)
    assert session.stage.mind.low == 64


def test_words_are_lenient_and_hands_obey_too(session):
    session.type("  Thru-Channel   3 ", "thru off", "count-in 2")
    assert (session.stage.hands.thru_channel, session.stage.hands.thru) == (3, 0)
    assert session.stage.mind.count_in == 2


@pytest.mark.parametrize("line", ["p", "panic", "PANIC"])
def test_panic_is_typed(session, line):
    session.type(line)
    assert session.stage.panics == 1


def test_a_name_alone_asks(session):
    session.type("learn temperature")
    session.move(20, 1)
    session.type("temperature")
    assert session.said[-1] == "temperature is 0.95 (0.1 to 2), on CC 20 on channel 1"


def test_controls_lists_them_as_they_are_now(session):
    session.type("tempo 77")
    session.type("controls")
    row = next(line for line in session.said[-1].splitlines() if line.startswith("tempo "))
    assert "77" in row


def test_an_empty_line_is_nothing(session):
    session.type("", "   ")
    assert session.said == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("tempo fast", "tempo cannot be 'fast'"),
        ("lern tempo", "there is no 'lern': did you mean learn?"),
        ("learn", "there is no control ''"),
        ("forget tempo", "tempo is on no knob"),
        ("preset waltz", "there is no preset 'waltz'"),
        ("hold elbow", "give pedal"),
        ("thru_not 200", "give controllers"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_nothing_changes(session, line, words):
    try:
        session.type(line)
    except UserError as error:
        session.said.append(str(error))
    session.turn()
    assert len(session.said) == 1
    assert words in session.said[0]
    assert session.stage.values == {**DEFAULTS}


def test_what_is_learned_is_kept_at_once_and_forgotten_at_once(session):
    session.send("learn", "tempo")
    session.move(20, 1)
    assert read_kept(session.file) == Bindings({"tempo": Knob(20, 1)})
    session.send("forget", "tempo")
    assert read_kept(session.file) == Bindings()
    assert session.said[-1] == "tempo is no longer on CC 20 on channel 1"


def test_where_it_cannot_be_kept_the_knob_steers_all_the_same(tmp_path):
    (tmp_path / "knobs.toml").mkdir()
    session = Session(tmp_path)
    session.type("learn low")
    session.move(20, 1)
    session.move(20, 40)
    assert session.stage.mind.low == 40
    assert "cannot be written" in session.said[-1]


def test_a_preset_changes_all_it_names_at_once_and_the_next_gives_back_what_it_does_not(session):
    session.type("temperature 0.5", "preset trade")
    trade = session.stage.values
    assert (trade["mode"], trade["trade"], trade["click"]) == ("answer", 4, 1)
    assert trade["temperature"] == 0.5  # neither preset's
    ((model, values),) = session.stage.loaded
    assert (model, values["trade"]) == ("piano", 4)
    session.type("preset comp")
    comp = session.stage.values
    assert (comp["mode"], comp["me"], comp["trade"], comp["click"]) == ("accompany", "melody", 0, 0)


def test_a_model_is_asked_for_by_its_name(session):
    session.type("model drums", "model drums")
    assert session.stage.loaded == [("drums", {})]
    assert session.said == ["loading drums"]
    with pytest.raises(UserError, match="kazoo"):
        session.type("model kazoo")


def test_a_presets_knobs_steer_until_the_next_preset(session, tmp_path):
    (tmp_path / "knobs.toml").write_text("")
    own = tmp_path / "own.toml"
    own.write_text("[cc]\nlow = 30\n")
    session.type(f"preset {own}")
    session.move(30, 33)
    assert session.stage.mind.low == 33
    session.type("preset answer")
    session.move(30, 44)
    assert session.stage.mind.low == 33
    assert (tmp_path / "knobs.toml").read_text() == ""


def test_an_osc_fader_sets_whole_numbers_too(session):
    session.send("trade", 3.7)
    assert session.stage.mind.trade == 4


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("trade", float("inf")),
        ("trade", 99.0),
        ("tempo", "fast"),
        ("tempo", None),
        ("tempo", b"\x00"),
        ("nothing", 1),
        ("learn", 3),
        ("learn", None),
        ("preset", "nothing"),
        ("rest", 0.5),
    ],
)
def test_a_bad_osc_message_is_one_line(session, word, value):
    session.send(word, value)
    assert len(session.said) == 1
    assert len(session.said[0].splitlines()) == 1
    assert session.stage.values == {**DEFAULTS}


def test_a_flood_of_bad_ones_does_not_flood_the_player(session):
    session.stage.osc = [("nothing", 1), ControlError("damaged")] * 500
    session.turn()
    assert len(session.said) == 1


def test_a_knob_that_does_not_fit_another_is_told(session):
    session.type("low 60", "learn high")
    session.move(20, 1)
    session.move(20, 50)
    assert session.said[-1] == "low (60) is above high (50)"
    assert session.stage.mind.high == 108
