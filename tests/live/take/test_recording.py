import pytest

from live.notes import PLAYER, Part
from live.take.entries import End, Restart
from live.take.journal import read_take
from live.take.recording import Recording

from . import playing


def test_a_recording_keeps_what_came_before_its_beginning_and_ends_once(tmp_path):
    recording = Recording(tmp_path / "new" / "x.take", pytest.fail)
    recording.write(Restart(0.5, ()))
    assert recording.window("piano", "piano") == ()
    assert not recording.begun
    recording.begin(playing.HEADER)
    recording.write(playing.on(1, 1.0, 60))
    recording.write(playing.off(2, 1.5, 60))
    recording.close(2.0)
    recording.close(3.0)
    take = read_take(tmp_path / "new" / "x.take")
    assert take.complete
    assert take.entries == (
        Restart(0.5, ()), playing.on(1, 1.0, 60), playing.off(2, 1.5, 60), End(2.0)
    )  # fmt: skip
    (note,) = recording.window("melody", "piano")
    assert (note.part, note.pitch, note.onset, note.end) == (Part(PLAYER, "melody"), 60, 1.0, 1.5)
