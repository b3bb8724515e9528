"""Presets are found, read and checked; a mistake is one line that says where."""

import pytest

from live.controls.bindings import Knob
from live.controls.control import ControlError, Home
from live.controls.folder import config_folder
from live.controls.kept import bindings_file, keep, read_kept
from live.controls.presets import SHIPPED, find_preset, preset_files, read_preset
from live.controls.toml_file import line_of
from live.models.opening import open_model
from live.models.shelf import find
from live.partner import Partner
from live.settings import Settings

SHIPS = sorted(path.stem for path in SHIPPED.glob("*.toml"))
WAYS = ["answer", "trade", "continue", "duet", "accompany", "comp", "harmonise", "bars", "drums"]


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "antiphon"


@pytest.fixture
def written(tmp_path):
    def write(text, name="mine.toml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def test_there_is_a_preset_for_every_way_of_playing():
    assert sorted(WAYS) == SHIPS


@pytest.mark.parametrize("name", SHIPS)
def test_a_preset_that_ships_is_played_by_the_model_that_it_names(name):
    preset = read_preset(find_preset(name))
    assert preset.about
    assert preset.values["mode"] in open_model(find(preset.model)).contract.modes
    settings = Settings().with_values(preset.of(Home.MIND))
    Partner(opened(preset.model), settings, seed=1)


def opened(name):
    from live.models.any_model import open_any

    return open_any(find(name))


def test_a_preset_names_values_of_both_homes_a_model_and_knobs(written):
    preset = read_preset(
        written(
            """
            about = "mine"
            model = "piano"
            [controls]
            temperature = 1
            Count-In = 2
            thru = false
            [cc]
            temperature = 21
            panic = {cc = 22, channel = 3}
            """
        )
    )
    assert (preset.name, preset.about, preset.model) == ("mine", "mine", "piano")
    assert preset.of(Home.MIND) == {"temperature": 1.0, "count_in": 2}
    assert preset.of(Home.HANDS) == {"thru": 0}
    assert preset.bindings.knobs == {"temperature": Knob(21), "panic": Knob(22, 3)}


def test_an_empty_preset_changes_nothing(written):
    preset = read_preset(written(""))
    assert not preset.values
    assert preset.model is None


WRONG = {
    "syntax": ("about = 'x'\n[controls]\ntempo = \n", "line 3: Invalid value"),
    "a wrong name": ("[controls]\n\ntempoo = 90\n", "line 3: there is no control 'tempoo': did"),
    "a value out of range": ("[controls]\n# fast\ntempo = 900\n", "line 3: tempo is 900: it goes"),
    "a wrong kind": ("[controls]\nmode = 3\n", "line 2: mode cannot be 3: give answer"),
    "dotted": ("about = 'x'\ncontrols.tempo = 900\n", "line 2: tempo is 900"),
    "inline": ("about = 'x'\n\ncontrols = {tempo = 900}\n", "line 3: tempo is 900"),
    "quoted": ('[controls]\n"tempo" = 900\n', "line 2: tempo is 900"),
    "values that do not go together": (
        "[controls]\nhigh = 40\nlow = 60\n",
        "line 3: low (60) is above high (40)",
    ),
    "a text that is none": ("[controls]\nmode = 'continue'\nhold = 'elbow'\n", "line 3: hold is"),
    "a scale that is none": ("[controls]\nbar = 3\nscale = 'H major'\n", "line 3: "),
    "a text that the hands refuse": ("[controls]\nthru_not = '200'\n", "line 2: thru_not is"),
    "an action": ("[controls]\npanic = true\n", "line 2: panic is an action"),
    "a wrong key": ("modle = 'pop'\n", "line 1: there is no key 'modle' here: did you mean model?"),
    "a wrong table": ("\n[settings]\ntempo = 90\n", "line 2: there is no key 'settings' here"),
    "no table": ("controls = 3\n", "line 1: controls is a table"),
    "a wrong model": ("about = 'x'\nmodel = 3\n", "line 2: model is a text"),
    "a wrong knob": ("[cc]\ntempo = 300\n", "line 2: 300 is no knob"),
    "a wrong channel": ("[cc]\ntempo = {cc = 3, channel = 17}\n", "line 2: a channel"),
    "a knob for two": (
        "[cc]\ntempo = 3\nlow = {cc = 3, channel = 2}\n",
        "line 3: low has the same",
    ),
    "a knob for a text": ("[cc]\nscale = 3\n", "line 2: scale is a text"),
    "twice": ("[controls]\ntempo = 90\ntempo = 91\n", "line 3: Cannot overwrite a value"),
    "deep": ("a = " + "[" * 5000, "line 1"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_names_file_line_and_key_in_one_line(name, written):
    text, words = WRONG[name]
    path = written(text)
    with pytest.raises(ControlError) as raised:
        read_preset(path)
    said = str(raised.value)
    assert said.startswith(str(path))
    assert len(said.splitlines()) == 1
    if name != "deep":
        assert words in said


def test_what_is_no_text_file_is_one_line(tmp_path):
    data = tmp_path / "data.toml"
    data.write_bytes(b"\xff\xfe\x00")
    large = tmp_path / "large.toml"
    large.write_text("#" * 200_000)
    folder = tmp_path / "folder.toml"
    folder.mkdir()
    for path in (data, large, folder, tmp_path / "none.toml"):
        with pytest.raises(ControlError) as raised:
            read_preset(path)
        assert str(raised.value).startswith(str(path))
        assert len(str(raised.value).splitlines()) == 1


def test_the_players_own_presets_go_before_those_that_ship(own_folder):
    mine = own_folder / "presets" / "trade.toml"
    mine.parent.mkdir(parents=True)
    mine.write_text("about = 'eights'\n")
    assert find_preset("trade") == mine
    assert set(preset_files()) == set(SHIPS)


def test_a_preset_may_be_a_path(written):
    path = written("", "elsewhere.toml")
    assert find_preset(str(path)) == path


def test_an_unknown_preset_is_one_line_that_names_those_there_are():
    with pytest.raises(ControlError, match="there is no preset 'waltz'; there are accompany, ans"):
        find_preset("waltz")
    with pytest.raises(ControlError, match="did you mean trade"):
        find_preset("traed")


@pytest.mark.parametrize(
    ("keys", "line"),
    [(("a",), 1), (("t", "b"), 4), (("t", "u", "c"), 6), (("t", "nothing"), 3), (("no",), 1)],
)
def test_the_line_of_a_key_is_found(keys, line):
    text = "a = 1\n\n[t]  # a table\n b.x = 2\n[ t . u ]\n'c' = 3\n"
    assert line_of(text, keys) == line


def test_learned_knobs_are_kept_and_read_again(own_folder):
    from live.controls.bindings import Bindings

    learned = Bindings({"tempo": Knob(21, 2), "low": Knob(3)})
    assert read_kept(bindings_file()) == Bindings()
    keep(bindings_file(), learned)
    assert read_kept(bindings_file()) == learned
    assert [path.name for path in own_folder.iterdir()] == ["bindings.toml"]


def test_where_knobs_cannot_be_kept_is_one_line_and_what_was_kept_stays(tmp_path):
    from live.controls.bindings import Bindings

    (tmp_path / "file").write_text("")
    with pytest.raises(ControlError, match="cannot be written"):
        keep(tmp_path / "file" / "bindings.toml", Bindings())


def test_a_mistake_in_the_file_of_knobs_names_its_line(written):
    with pytest.raises(ControlError, match="line 2: there is no control 'tempoo'"):
        read_kept(written("[cc]\ntempoo = 3\n"))


def test_the_folder_is_where_the_system_has_it(monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", "/elsewhere")
    assert str(config_folder()) == "/elsewhere/antiphon"
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setattr("sys.platform", "linux")
    assert str(config_folder()) == "/home/me/.config/antiphon"
