from hypothesis import given
from hypothesis import strategies as st

from live import midi
from live.notes import MACHINE, PLAYER, HeldNotes, Note, NoteWindow, Part

YOU = Part(PLAYER, "piano")
IT = Part(MACHINE, "piano")


def held(*messages):
    notes = HeldNotes()
    for at, message in enumerate(messages):
        notes.hear(bytes.fromhex(message), float(at))
    return sorted(notes.keys), sorted(notes.sounding)


# ---- the window


@given(st.lists(st.integers(0, 20)))
def test_the_window_keeps_the_newest_notes_in_order_of_onset(onsets):
    window = NoteWindow(size=5)
    for number, onset in enumerate(onsets):
        window.add(Note(float(onset), YOU, 60, 1 + number % 127))
    kept = [note.onset for note in window]
    assert kept == sorted(float(onset) for onset in onsets)[-5:]


def test_notes_of_one_moment_stay_in_the_order_they_came():
    window = NoteWindow()
    for pitch in (67, 60, 64):
        window.add(Note(1.0, YOU, pitch, 80))
    window.add(Note(0.5, YOU, 50, 80))
    assert [note.pitch for note in window] == [50, 67, 60, 64]


def test_an_ending_finds_the_newest_unfinished_note_of_that_key_and_part():
    window = NoteWindow()
    for onset, part in ((0.0, YOU), (1.0, YOU), (2.0, IT)):
        window.add(Note(onset, part, 60, 80))
    assert window.end(YOU, 60, 1.75) == Note(1.0, YOU, 60, 80, 0.75)
    assert [note.duration for note in window] == [None, 0.75, None]
    assert window.end(YOU, 61, 3.0) is None


def test_a_note_never_ends_before_it_begins():
    window = NoteWindow()
    window.add(Note(5.0, YOU, 60, 80))
    assert window.end(YOU, 60, 4.0).duration == 0.0


def test_since_gives_the_notes_from_a_moment_on():
    window = NoteWindow(notes=[Note(at, YOU, 60, 80) for at in (0.0, 1.0, 2.0)])
    assert [note.onset for note in window.since(1.0)] == [1.0, 2.0]


def test_a_note_whose_key_is_down_has_no_end():
    assert Note(1.0, YOU, 60, 80).end is None
    assert Note(1.0, YOU, 60, 80, 0.5).end == 1.5


# ---- what is held


def test_a_key_sounds_until_it_is_lifted():
    assert held("90 3c 40") == ([60], [60])
    assert held("90 3c 40", "80 3c 40") == ([], [])
    assert held("90 3c 40", "90 3c 00") == ([], [])


def test_a_key_lifted_under_the_pedal_sounds_until_the_pedal_is_up():
    assert held("b0 40 7f", "90 3c 40", "80 3c 40") == ([], [60])
    assert held("b0 40 7f", "90 3c 40", "80 3c 40", "b0 40 00") == ([], [])


def test_a_key_down_when_the_pedal_comes_up_sounds_on():
    assert held("b0 40 7f", "90 3c 40", "b0 40 00") == ([60], [60])


def test_the_pedal_is_down_from_64_up():
    assert held("b0 40 40", "90 3c 40", "80 3c 40") == ([], [60])
    assert held("b0 40 3f", "90 3c 40", "80 3c 40") == ([], [])


def test_channels_are_apart():
    assert held("90 3c 40", "81 3c 40") == ([60], [60])
    assert held("b1 40 7f", "90 3c 40", "80 3c 40") == ([], [])


def test_all_notes_off_ends_its_channel():
    for control in ("7b", "78"):
        assert held("90 3c 40", "91 3e 40", f"b0 {control} 00") == ([62], [62])
        assert held("b0 40 7f", "90 3c 40", "80 3c 40", f"b0 {control} 00") == ([], [])


def test_an_end_without_a_beginning_is_nothing():
    assert held("80 3c 40", "b0 40 7f", "80 3e 40") == ([], [])


messages = st.one_of(
    st.builds(midi.note_on, st.integers(0, 1), st.integers(59, 61), st.integers(0, 127)),
    st.builds(midi.note_off, st.integers(0, 1), st.integers(59, 61)),
    st.builds(midi.control_change, st.integers(0, 1), st.sampled_from((64, 120, 123)),
              st.integers(0, 127)),
    st.binary(max_size=4),
)  # fmt: skip


@given(st.lists(messages))
def test_when_every_key_and_pedal_is_up_nothing_sounds(played):
    notes = HeldNotes()
    for message in played:
        notes.hear(message, 0.0)
        assert notes.keys <= notes.sounding
    for channel in range(16):
        for pitch in range(256):
            notes.hear(bytes((0x80 | channel, pitch, 0)), 1.0)
        notes.hear(midi.control_change(channel, midi.SUSTAIN, 0), 1.0)
    assert not notes.sounding
    assert not notes.pedal
