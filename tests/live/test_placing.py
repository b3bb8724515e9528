"""Voices with a channel or a register of their own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.casting import cast
from live.notes import MACHINE
from live.pitches import note_name, pitch_of
from live.placing import Own, parse_parts
from live.settings import SettingError, Settings

from .virtual import VirtualStage

ALL = frozenset(range(12))


@given(st.integers(0, 127))
def test_the_name_of_a_note_is_read_back(pitch):
    assert pitch_of(note_name(pitch)) == pitch_of(str(pitch)) == pitch


@pytest.mark.parametrize(
    ("name", "pitch"),
    [("C4", 60), ("c#4", 61), ("Bb3", 58), ("B♭-1", 10), ("bb2", 46), ("G9", 127)],
)
def test_notes_are_named_as_people_do(name, pitch):
    assert pitch_of(name) == pitch


@pytest.mark.parametrize("name", ["", "H4", "C", "G#9", "Cb-1", "128", "4C", "C44"])
def test_what_is_no_note_is_said_in_one_line(name):
    with pytest.raises(ValueError, match="is no note from C-1 to G9"):
        pitch_of(name)


def test_the_later_parts_may_be_left_out():
    assert parse_parts("melody:2:C4-C6, bridge, piano::A0-C5,") == {
        "melody": Own(2, range(60, 85)),
        "bridge": Own(),
        "piano": Own(None, range(21, 73)),
    }
    assert parse_parts("drums: 10 : C-1 - 60")["drums"] == Own(10, range(0, 61))
    assert parse_parts("") == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("melody:17", ["melody", "'17'", "1 to 16"]),
        ("melody:x", ["melody", "'x'"]),
        ("melody:1:C4", ["melody", "'C4'", "C4-C6"]),
        ("melody:1:C4-X6", ["melody", "'C4-X6'"]),
        ("melody:1:C6-C4", ["melody", "C6 down to C4"]),
        ("melody:1, melody:2", ["melody", "twice"]),
        ("melody:1:C4-C5:7", ["melody:1:C4-C5:7", "voice:channel"]),
        (":1", ["':1'", "voice:channel"]),
    ],
)
def test_what_is_wrong_is_one_line_that_names_the_voice(text, words):
    with pytest.raises(SettingError) as refused:
        Settings(parts=text)
    assert "\n" not in str(refused.value)
    assert all(word in str(refused.value) for word in ["parts", *words])


def test_a_voice_that_the_model_has_not_is_refused_by_its_name(tiny):
    with pytest.raises(SettingError, match=r"no voice 'oboe' for the machine; it has: .*melody"):
        cast(tiny.contract, Settings(parts="oboe:2"), ALL)


def test_each_voice_has_its_place_and_the_others_the_common_one(tiny):
    settings = Settings(
        mode="duet", me="melody, piano", channel=5, low=40, high=50, scale="C major",
        parts="melody:2:C4-C5",
    )  # fmt: skip
    mine = cast(tiny.contract, settings, ALL)
    assert mine.places["melody"].channel == 1
    assert mine.places["melody"].pitches == {60, 62, 64, 65, 67, 69, 71, 72}
    assert mine.places["piano"].channel == 4
    assert mine.places["piano"].pitches == {40, 41, 43, 45, 47, 48, 50}
    assert mine.pitches == mine.places["melody"].pitches | mine.places["piano"].pitches
    assert mine.channels == (1, 4)


PARTS = "melody:2:C5-C6, bridge:3:C3-B3"
PLACES = {"melody": (1, range(72, 85)), "bridge": (2, range(48, 60)), "piano": (6, range(60, 70))}


@pytest.mark.parametrize("mode", ["continue", "duet"])
def test_each_voice_keeps_to_its_own_channel_and_range(tiny, mode):
    settings = Settings(
        mode=mode, me="melody, bridge, piano", you="piano", channel=7, low=60, high=69, parts=PARTS
    )
    stage = VirtualStage(tiny, settings, seed=3)
    stage.phrase()
    stage.run(15.0)
    assert len({note.channel for note in stage.planned}) == 3
    by_channel = {channel: pitches for channel, pitches in PLACES.values()}
    assert all(note.pitch in by_channel[note.channel] for note in stage.planned)
    for note in stage.partner.window:
        assert note.part.side != MACHINE or note.pitch in PLACES[note.part.voice][1]
    assert stage.replayed().same


def test_its_last_phrase_is_repeated_where_its_voices_are(tiny):
    settings = Settings(mode="continue", me="melody, bridge", parts=PARTS)
    stage = VirtualStage(tiny, settings, seed=3)
    stage.phrase()
    stage.run(6.0)
    first = len(stage.planned)
    stage.sets(6.0, again=1)
    stage.run(7.0)
    assert len(stage.planned) > first
    assert all(
        (note.channel == 1) == (note.pitch >= 72) and note.channel in (1, 2)
        for note in stage.planned
    )


def test_bars_are_moved_by_octaves_into_the_range_of_their_voice(frames):
    settings = Settings(tempo=240.0, parts="piano:4:C4-B4", low=0, high=20)
    stage = VirtualStage(frames, settings)
    for n in range(16):
        stage.plays(n * 0.25, 60 + n % 5, 0.2)
    stage.run(4.0)
    assert stage.planned
    assert {note.channel for note in stage.planned} == {3}
    assert all(60 <= note.pitch <= 71 for note in stage.planned)
