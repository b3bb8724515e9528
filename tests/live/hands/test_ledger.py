from hypothesis import given
from hypothesis import strategies as st

from live import midi
from live.hands import ledger as books
from live.hands.ledger import MACHINE, PLAYER, Ledger, player

US, THEM = MACHINE, player(0)


def test_ends_exactly_what_the_machine_sounds():
    ledger = Ledger()
    ledger.begin(0, 60, US)
    ledger.begin(3, 64, US)
    ledger.begin(0, 67, THEM)
    assert list(ledger.end_all(US)) == [midi.note_off(0, 60), midi.note_off(3, 64)]
    assert ledger.keys(US) == []
    assert ledger.keys(PLAYER) == [(0, 67)]


def test_the_end_of_the_machines_note_does_not_cut_the_players():
    ledger = Ledger()
    ledger.begin(0, 60, THEM)
    ledger.begin(0, 60, US)
    assert list(ledger.end(0, 60, US)) == []
    # Struck twice, so ended twice: some synths count.
    assert list(ledger.end(0, 60, THEM)) == [midi.note_off(0, 60)] * 2


def test_the_end_of_the_players_note_does_not_cut_the_machines():
    ledger = Ledger()
    ledger.begin(0, 60, US)
    ledger.begin(0, 60, THEM)
    assert list(ledger.end(0, 60, THEM)) == []
    assert list(ledger.end_all(US)) == [midi.note_off(0, 60)] * 2


def test_two_inputs_may_hold_one_key():
    ledger = Ledger()
    ledger.begin(0, 60, player(0))
    ledger.begin(0, 60, player(1))
    assert list(ledger.end(0, 60, player(0))) == []
    assert len(list(ledger.end(0, 60, player(1)))) == 2


def test_what_nobody_holds_needs_no_end():
    assert list(Ledger().end(0, 60, US)) == []


def test_pedals_are_lifted_after_the_notes_are_ended():
    ledger = Ledger()
    ledger.begin(2, 60, THEM)
    ledger.pedal(2, True, THEM)
    assert list(ledger.end_all(PLAYER)) == [
        midi.note_off(2, 60),
        midi.control_change(2, midi.SUSTAIN, 0),
    ]
    assert list(ledger.end_all(PLAYER)) == []


def test_the_entry_stays_until_the_note_off_has_been_sent():
    ledger = Ledger()
    ledger.begin(0, 60, US)
    ends = ledger.end(0, 60, US)
    next(ends)
    assert ledger.keys(US) == [(0, 60)]
    assert next(ends, None) is None
    assert ledger.keys(US) == []


def test_the_shared_book_outlives_its_ledger():
    book = books.shared_book()
    ledger = Ledger(book)
    ledger.begin(1, 60, US)
    ledger.pedal(4, True, THEM)
    del ledger
    assert books.keys(book) == [(1, 60)]
    assert books.keys(book, PLAYER) == []
    assert books.pedals(book) == [4]
    heir = Ledger(book)
    assert heir.machine_sounds
    assert list(heir.end_all(US)) == [midi.note_off(1, 60)]
    assert books.keys(book) == []


def test_after_a_fall_the_keys_ended_last_are_ended_once_more():
    book = books.shared_book()
    ledger = Ledger(book)
    for pitch in range(100):
        ledger.begin(2, pitch, US)
        assert len(list(ledger.end(2, pitch, US))) == 1
    ledger.begin(0, 0, US)
    left = books.left_sounding(book)
    assert left[0] == (0, 0)
    assert set(left[1:]) == {(2, pitch) for pitch in range(36, 100)}
    ledger.clear()
    assert books.left_sounding(book) == []


def test_panic_covers_every_channel_pedal_first():
    messages = list(books.all_notes_off())
    assert messages[:3] == [b"\xb0\x40\x00", b"\xb0\x7b\x00", b"\xb0\x78\x00"]
    assert {midi.channel_of(message) for message in messages} == set(range(16))
    assert len(messages) == 48


holders = st.sampled_from([MACHINE, player(0), player(1)])
keys = st.tuples(st.integers(0, 15), st.integers(0, 127) | st.just(60))


@given(st.lists(st.tuples(st.booleans(), keys, holders)))
def test_no_key_is_left_sounding_and_none_ended_that_is_held(steps):
    ledger, down = Ledger(), {}
    for on, key, who in steps:
        if on:
            ledger.begin(*key, who)
            down.setdefault(key, set()).add(who)
        else:
            offs = list(ledger.end(*key, who))
            down.get(key, set()).discard(who)
            assert not offs or not down[key]
    held = {key for key, whose in down.items() if whose}
    assert set(ledger.keys(MACHINE | PLAYER)) == held
    ended = {(m[0] & 15, m[1]) for m in [*ledger.end_all(MACHINE), *ledger.end_all(PLAYER)]}
    assert ended == held
    assert ledger.keys(MACHINE | PLAYER) == []
