import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live import midi
from live.plan import Heard, Plan, PlannedNote, Sounded
from live.take.entries import End
from live.take.export import export_midi
from live.take.journal import TakeError, TakeWriter, read_take

from . import playing
from .playing import off, on, take

DUET = take(
    on(1, 1.0, 60),
    off(2, 1.5, 60),
    Plan(2, (PlannedNote(1, 2.0, 0.5, 3, 67, 70),)),
    Sounded(1, 2.0, 0.0),
    End(4.0),
)


def exported(song, folder, **options):
    export_midi(song, folder / "song.mid", **options)
    return mido.MidiFile(folder / "song.mid")


def in_time(file, track, kinds=("note_on", "note_off")):
    """(kind, seconds, channel, pitch) of each message, under the file's own tempo."""
    tempo = next(message.tempo for message in file.tracks[0] if message.type == "set_tempo")
    tick, found = 0, []
    for message in file.tracks[track]:
        tick += message.time
        if message.type in kinds:
            at = mido.tick2second(tick, file.ticks_per_beat, tempo)
            found.append((message.type, at, message.channel, getattr(message, "note", None)))
    return found


def assert_every_note_ends(file):
    for track in file.tracks:
        down, tick = {}, 0
        for message in track:
            tick += message.time
            if message.type not in ("note_on", "note_off"):
                continue
            key = (message.channel, message.note)
            if message.type == "note_on":
                assert message.velocity > 0
                assert key not in down
                down[key] = tick
            else:
                assert down.pop(key) < tick
        assert not down


def test_a_track_for_the_tempo_one_for_you_and_one_for_antiphon(tmp_path):
    file = exported(DUET, tmp_path)
    assert (file.type, file.ticks_per_beat) == (1, 480)
    assert [track.name for track in file.tracks] == [
        "Antiphon 2026-03-14T20:15:09+01:00",
        "You",
        "Antiphon",
    ]
    assert file.length == pytest.approx(4.0)


@pytest.mark.parametrize("bpm", [120, 97, 61.8])
def test_each_note_lies_where_it_was_played_at_any_tempo(tmp_path, bpm):
    file = exported(DUET, tmp_path, bpm=bpm)
    tick = 60 / bpm / 480
    assert [at for _, at, *_ in in_time(file, 1)] == pytest.approx([1.0, 1.5], abs=tick)
    assert [at for _, at, *_ in in_time(file, 2)] == pytest.approx([2.0, 2.5], abs=tick)
    assert in_time(file, 2)[0][2:] == (3, 67)


@pytest.mark.parametrize(
    ("onset", "lies_at"), [(1.999, 1.999), (2.0, 0.0), (9.25, 1.25), (0.0, 0.0)]
)
def test_whole_bars_of_silence_at_the_start_are_left_out(tmp_path, onset, lies_at):
    file = exported(take(on(1, onset), off(2, onset + 1), End(20.0)), tmp_path)
    assert in_time(file, 1)[0][1] == pytest.approx(lies_at, abs=0.001)
    assert file.length == pytest.approx(20.0 - onset + lies_at, abs=0.001)


def test_the_silence_can_be_kept(tmp_path):
    file = exported(take(on(1, 9.25), off(2, 9.5), End(20.0)), tmp_path, trim=False)
    assert in_time(file, 1)[0][1] == pytest.approx(9.25, abs=0.001)


def test_what_was_set_up_before_the_music_comes_at_the_beginning(tmp_path):
    program = Heard(1, 0.5, b"\xc0\x05")
    file = exported(take(program, on(2, 9.25), off(3, 9.5), End(10.0)), tmp_path)
    (found,) = in_time(file, 1, ("program_change",))
    assert found[1] == 0.0


def test_pedal_bend_and_sysex_are_kept_and_the_clock_is_not(tmp_path):
    others = [b"\xb0\x40\x7f", b"\xe0\x00\x50", b"\xf0\x7d\x01\xf7", b"\xd0\x20", b"\xf8", b"\xfe",
              b"\xf2\x01\x01", b"\xf1\x01", b"\xf6", b"", b"\x90", b"\xb0\x40\xff"]  # fmt: skip
    song = take(*(Heard(n, 1.0, other) for n, other in enumerate(others, 1)), End(2.0))
    kinds = [message.type for message in exported(song, tmp_path).tracks[1]]
    assert kinds == [
        "track_name", "control_change", "pitchwheel", "sysex", "aftertouch",
        "control_change", "end_of_track",
    ]  # fmt: skip


def test_a_sound_is_chosen_before_the_note_that_needs_it(tmp_path):
    song = take(Heard(1, 1.0, b"\xc0\x05"), on(2, 1.0), off(3, 2.0), End(2.0))
    kinds = [message.type for message in exported(song, tmp_path).tracks[1]]
    assert kinds[1:3] == ["program_change", "note_on"]


def test_a_crash_leaves_no_note_and_no_pedal_hanging(tmp_path):
    pedal = Heard(2, 1.5, midi.control_change(0, midi.SUSTAIN, 127))
    song = take(
        on(1, 1.0), pedal, Plan(2, (PlannedNote(1, 2.0, 9.0, 3, 67, 70),)), Sounded(1, 2.0, 0.0)
    )
    file = exported(song, tmp_path)
    assert_every_note_ends(file)
    assert in_time(file, 1)[-1] == ("note_off", pytest.approx(2.0), 0, 60)
    assert file.tracks[1][-2].bytes() == [0xB0, 64, 0]
    assert file.length == pytest.approx(2.0, abs=0.002)


def test_no_note_is_without_length_however_fast(tmp_path):
    trill = [
        move for n in range(0, 40, 2) for move in (on(n + 1, 1 + n / 1e5), off(n + 2, 1 + n / 1e5))
    ]
    file = exported(take(*trill, End(2.0)), tmp_path)
    assert_every_note_ends(file)
    assert len(in_time(file, 1)) == 40


def test_the_same_take_gives_the_same_bytes(tmp_path):
    export_midi(DUET, tmp_path / "a.mid")
    export_midi(DUET, tmp_path / "b.mid")
    assert (tmp_path / "a.mid").read_bytes() == (tmp_path / "b.mid").read_bytes()


def test_an_empty_take_is_an_empty_file_of_three_tracks(tmp_path):
    assert len(exported(take(), tmp_path).tracks) == 3


@pytest.mark.parametrize("bpm", [0, -1, 3.9, 1001, float("nan")])
def test_a_tempo_that_nobody_counts_is_refused(tmp_path, bpm):
    with pytest.raises(TakeError, match="not a tempo"):
        export_midi(DUET, tmp_path / "song.mid", bpm=bpm)
    assert not (tmp_path / "song.mid").exists()


def test_a_silence_of_days_is_refused_in_one_line(tmp_path):
    with pytest.raises(TakeError, match=r"^[^\n]*silence[^\n]*$"):
        export_midi(take(on(1, 1.0), off(2, 2.0), End(1e7)), tmp_path / "song.mid")


def test_a_message_that_lost_its_end_on_the_way_is_left_out(tmp_path):
    cut_short = Heard(2, 1.5, b"\xe0\x00")
    assert_every_note_ends(exported(take(on(1, 1.0), cut_short, off(3, 2.0)), tmp_path))


@settings(max_examples=50)
@given(st.lists(playing.entries, max_size=14), st.booleans(), st.data())
def test_whatever_a_crash_left_exports_with_an_end_for_every_note(
    tmp_path_factory, entries, trim, data
):
    folder = tmp_path_factory.mktemp("export")
    writer = TakeWriter(folder / "whole.take", playing.HEADER, pytest.fail)
    for entry in entries:
        writer.write(entry, now=0.0)
    writer.close()
    whole = (folder / "whole.take").read_bytes()
    size = data.draw(st.integers(whole.index(b"\n"), len(whole)))
    (folder / "cut.take").write_bytes(whole[:size])
    assert_every_note_ends(exported(read_take(folder / "cut.take"), folder, trim=trim))
