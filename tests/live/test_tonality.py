"""A melody that moves to another key is found out, one that stays is left alone."""

import numpy as np
import pytest

from live.notes import MACHINE, PLAYER, Note, Part
from live.reader import Reader
from live.settings import Settings
from live.tempo.grid import Free
from live.tonality import Tonality

from .virtual import Busy, VirtualStage

# Semitones above the tonic: "God Save the King" and "Joy to the World".
KING = (0, 0, 2, -1, 0, 2, 4, 4, 5, 4, 2, 0, 2, 0, -1, 0, 7, 7, 7, 7, 5, 4, 5, 5, 5, 5, 4, 2)
JOY = (12, 11, 9, 7, 5, 4, 2, 0, 7, 9, 9, 11, 11, 12, 12, 12, 11, 9, 7, 7, 5, 4)
# In the relative minor, with its leading note: "Greensleeves".
SLEEVES = (9, 12, 14, 16, 17, 16, 14, 11, 7, 9, 11, 12, 9, 9, 8, 9, 11, 8, 4)
WITHIN = 12  # notes
YOU, ME = Part(PLAYER, "melody"), Part(MACHINE, "piano")


def heard(tonality, notes, tonic=60):
    """How far it stands above where it began, after each note."""
    return [(tonality.hear(tonic + n), tonality.up)[1] for n in notes]


@pytest.mark.parametrize("tune", [KING, JOY, SLEEVES])
@pytest.mark.parametrize("tonic", range(55, 67))
def test_a_melody_that_stays_in_its_key_shows_no_move(tune, tonic):
    assert set(heard(Tonality(), tune * 4, tonic)) == {0}


@pytest.mark.parametrize("up", [-6, -4, -3, -2, -1, 1, 2, 3, 4])
@pytest.mark.parametrize("tune", [KING, JOY])
def test_a_move_is_found_within_a_few_notes_and_then_holds(tune, up):
    tonality = Tonality()
    heard(tonality, tune * 2)
    ups = heard(tonality, tune * 2, 60 + up)
    assert set(ups[WITHIN:]) == {up}


def test_after_the_way_back_it_stands_where_it_began():
    tonality = Tonality()
    for tonic in (60, 62, 63, 61, 60):
        heard(tonality, KING * 2, tonic)
    assert tonality.up == 0


def test_a_tonic_guessed_wrong_at_first_is_no_move():
    """These four notes would be likelier a fifth higher."""
    assert set(heard(Tonality(), (11, 2, 7, 9, *JOY))) == {0}


def test_a_note_alone_outside_the_key_is_no_move():
    assert set(heard(Tonality(), (*JOY, 6, *JOY, 10, 9, *JOY))) == {0}


@pytest.mark.parametrize("up", [-6, 1, 5])
def test_to_the_model_music_that_has_moved_goes_on_in_its_key(tiny, up):
    """The same state, and the same notes foretold, higher."""
    cursors, foretold = [], []
    for by in (0, up):
        reader = Reader(tiny, Free(48.0))
        cursor = reader.read(reader.start(), Note(0.0, YOU, 60, 80), {60})
        reader.transpose(by)
        cursor = reader.read(cursor, Note(0.5, ME, 52 + by, 70, 0.4), {52 + by, 60 + by})
        cursors.append(cursor)
        allowed = tiny.anything.allowed.copy()
        allowed[tiny.codec.slices[2]] = [p - by in (50, 53, 57) for p in range(128)]
        asked = type(tiny.anything)(allowed, tiny.anything.forced, tiny.anything.temperature)
        chance = np.random.default_rng(1).random(len(allowed)).astype(np.float32)
        foretold.append(reader.foretell(cursor, asked, chance))
    assert np.array_equal(cursors[0].heard, cursors[1].heard)
    assert np.array_equal(cursors[0].sounding, cursors[1].sounding)
    assert np.array_equal(foretold[0].state, foretold[1].state)
    assert foretold[1].pitch == foretold[0].pitch + up
    assert foretold[0].pitch in (50, 53, 57)


@pytest.fixture
def ups(monkeypatch):
    """By how much readers are transposed."""
    seen, transpose = [], Reader.transpose
    monkeypatch.setattr(Reader, "transpose", lambda r, up: (seen.append(up), transpose(r, up)))
    return seen


def session(model, **settings):
    """A tune that goes on three semitones higher, until 14."""
    stage = VirtualStage(Busy(model), Settings(mode="accompany", **settings), 0, lambda: 0.0)
    for n, degree in enumerate((*KING, *KING)):
        stage.plays(n * 0.25, 60 + degree + 3 * (n >= len(KING)), 0.2, 80)
    return stage


def test_it_moves_with_your_melody_and_the_take_replays_the_same(tiny, ups):
    stage = session(tiny)
    stage.run(15.0)
    assert ups[-1] == 3
    assert stage.machine_onsets()
    assert stage.replayed().same


@pytest.mark.parametrize("settings", [{"modulate": 0}, {"you": "piano", "me": "melody"}])
def test_it_keeps_its_key_where_you_want_it_to_or_play_no_melody(tiny, ups, settings):
    session(tiny, **settings).run(15.0)
    assert not ups


def test_a_mind_that_starts_anew_follows_on_and_the_take_replays_the_same(tiny, ups):
    stage = session(tiny, density=0.1)
    stage.run(9.0)
    ups.clear()
    stage.at(9.1, stage.kill_mind)
    stage.at(9.2, stage.restart_mind)
    stage.run(15.0)
    assert ups[-1] == 3
    assert stage.replayed().same
