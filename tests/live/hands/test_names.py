import pytest

from live.hands.choosing import Choice, choose_inputs, choose_outputs
from live.hands.config import HandsConfig
from live.hands.ledger import ANYBODY, CLICK, MACHINE, PLAYER
from live.hands.names import PortError, first_keyboard, match, own_output
from live.hands.ports import called, wanted_api
from live.settings import SettingError

ALSA = [
    "Midi Through:Midi Through Port-0 14:0",
    "Keystation 49:Keystation 49 MIDI 1 20:0",
    "Keystation 88:Keystation 88 MIDI 1 24:0",
    "Antiphon:Antiphon Out 128:0",
]


def line_of(call, *args):
    with pytest.raises(PortError) as error:
        call(*args)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_part_of_a_name_in_any_case_is_enough():
    assert match("station 49", ALSA, "input") == ALSA[1]


def test_a_whole_name_wins_over_parts_of_others():
    assert match("synth", ["synth b", "Synth", "my synth"], "output") == "Synth"
    assert match("Keystation 49:Keystation 49 MIDI 1", ALSA, "input") == ALSA[1]


def test_a_name_that_fits_several_lists_them():
    line = line_of(match, "keystation", ALSA, "input")
    assert ALSA[1] in line
    assert ALSA[2] in line
    assert ALSA[0] not in line


def test_an_unknown_name_lists_what_there_is():
    line = line_of(match, "organ", ALSA, "input")
    assert "organ" in line
    assert all(name in line for name in ALSA)
    assert "plug" in line_of(match, "organ", [], "input")


def test_the_first_keyboard_is_neither_the_system_nor_ourselves():
    assert first_keyboard(ALSA) == ALSA[1]
    assert first_keyboard([ALSA[0], ALSA[3], "loopMIDI Port", "x:monitor_1"]) is None


class Listed:
    """A backend that only has names."""

    name = "listed"

    def __init__(self, names, has_virtual=True):
        self.names = names
        self.has_virtual = has_virtual

    def inputs(self):
        return self.names

    outputs = inputs


def test_nothing_asked_for_means_the_keyboard_or_else_our_own_port():
    assert choose_inputs(HandsConfig(), Listed(ALSA)) == (Choice(ALSA[1], False),)
    assert choose_inputs(HandsConfig(), Listed([])) == (Choice("Antiphon In", True),)
    assert choose_outputs(HandsConfig(), Listed(ALSA)) == {Choice("Antiphon Out", True): ANYBODY}


def test_our_own_port_and_another_can_be_listened_to_together():
    config = HandsConfig(input=("Antiphon In", "Keystation 49"))
    assert choose_inputs(config, Listed(ALSA)) == (
        Choice("Antiphon In", True),
        Choice(ALSA[1], False),
    )


def test_without_virtual_ports_the_line_says_what_to_install():
    line = line_of(choose_inputs, HandsConfig(), Listed([], has_virtual=False))
    assert "loopMIDI" in line


@pytest.mark.parametrize(
    ("value", "api"),
    [
        ("mido.backends.rtmidi/UNIX_JACK", "UNIX_JACK"),
        ("mido.backends.rtmidi", None),
        ("mido.backends.portmidi/x", None),
        ("", None),
    ],
)
def test_mido_backend_names_the_api(value, api):
    assert wanted_api({"MIDO_BACKEND": value}) == api


@pytest.mark.parametrize(
    ("api", "server", "name"),
    [
        ("UNIX_JACK", None, "Antiphon"),
        ("UNIX_JACK", "", "Antiphon"),
        ("UNIX_JACK", "default", "Antiphon"),
        ("UNIX_JACK", "studio", "Antiphon studio"),
        ("LINUX_ALSA", "studio", "Antiphon"),
    ],
)
def test_two_jack_servers_are_told_different_names(api, server, name):
    assert called(api, "Antiphon", {"JACK_DEFAULT_SERVER": server} if server else {}) == name
    assert len(called(api, "Antiphon", {"JACK_DEFAULT_SERVER": 200 * "s"})) < 64


def test_a_single_name_is_taken_as_a_list_of_one():
    assert HandsConfig(input="piano").input == ("piano",)
    assert HandsConfig(input=None).input == ()
    assert HandsConfig(output="synth").output == ("synth",)
    with pytest.raises(SettingError, match="at most 5"):
        HandsConfig(input=("a", "b", "c", "d", "e", "f", "g"))


# --- several outputs ---

SYNTHS = ["Piano", "Strings", "Bass"]
OURS, YOURS = MACHINE | CLICK, PLAYER


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        ({"output": ("piano", "bass")}, {"Piano": ANYBODY, "Bass": ANYBODY}),
        ({"output": "piano", "output_machine": "bass"}, {"Piano": YOURS, "Bass": OURS}),
        ({"output_you": "bass", "output": "piano"}, {"Bass": YOURS, "Piano": OURS}),
        ({"output_machine": "bass"}, {"Antiphon Out": YOURS, "Bass": OURS}),
        (
            {"output_machine": "Antiphon Machine Out"},
            {"Antiphon Out": YOURS, "Antiphon Machine Out": OURS},
        ),
        (
            {"output_you": "piano", "output_machine": ("pian", "strings", "Strings")},
            {"Piano": ANYBODY, "Strings": OURS},
        ),
    ],
)
def test_each_side_has_its_own_outputs_or_else_those_of_both(asked, chosen):
    outputs = choose_outputs(HandsConfig(**asked), Listed(SYNTHS))
    assert {choice.name: who for choice, who in outputs.items()} == chosen
    assert all(choice.virtual == choice.name.startswith("Antiphon") for choice in outputs)


def test_more_outputs_than_the_book_has_pages_are_refused():
    names = tuple(f"Synth {n}" for n in "ABCDEFGHI")
    assert "at most 8" in line_of(choose_outputs, HandsConfig(output=names), Listed(names))


@pytest.mark.parametrize(
    ("name", "outputs", "own"),
    [
        (ALSA[1], ALSA, ALSA[1]),
        ("Piano:Piano MIDI 1 20:0", ["Piano:Piano MIDI 1 20:1", "Thru 14:0"], 0),
        ("Piano 0", ["GS Wavetable 0", "Piano 1"], 1),
        ("system:midi_capture_2", ["system:midi_playback_1", "system:midi_playback_2"], 1),
        ("Piano", ["Organ", "Piano 2 Pro"], None),
        ("Piano 3", ["Piano 1", "Piano 2"], None),
    ],
)
def test_a_keyboards_own_output_is_called_as_its_input(name, outputs, own):
    assert own_output(name, outputs) == (outputs[own] if isinstance(own, int) else own)
