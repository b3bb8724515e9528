from live import midi
from live.hands.outbox import Outbox
from live.plan import Heard, Sounded


def on(seq):
    return Heard(seq, float(seq), midi.note_on(0, 60, 80))


def off(seq):
    return Heard(seq, float(seq), midi.note_off(0, 60))


def test_events_come_out_in_order():
    box = Outbox(8)
    events = [on(1), Sounded(7, 1.5, 0.0), off(2)]
    for event in events:
        box.put(event)
    assert box.take_all() == events
    assert box.take_all() == []


def test_a_full_box_drops_the_oldest_and_counts_them():
    box = Outbox(8)
    for seq in range(1, 10):
        box.put(on(seq))
    kept = [event.seq for event in box.take_all()]
    assert kept == list(range(3, 10))
    assert box.dropped == 2


def test_a_note_off_is_never_dropped():
    box = Outbox(16)
    for seq in range(1, 1001):
        box.put(off(seq) if seq % 10 == 0 else on(seq))
    kept = [event.seq for event in box.take_all()]
    assert set(range(10, 1001, 10)) <= set(kept)
    assert kept == sorted(kept)
    assert box.dropped == 1000 - len(kept)


def test_what_was_not_delivered_waits_again_in_front():
    box = Outbox(8)
    box.put(on(3))
    box.put_back([on(1), off(2)])
    assert [event.seq for event in box.take_all()] == [1, 2, 3]
