"""The hands over real ports: everything through, planned notes on their time, yielding, echo."""

import time

import pytest

from live.plan import Heard, Longer, OnTouch, Plan, PlannedNote, Sounded

from .jack_ports import connect, ports

EVERYTHING = [
    "90 3c 40",
    "a0 3c 20",
    "b0 40 7f",
    "b0 01 33",
    "c0 05",
    "d0 20",
    "e0 00 40",
    "f0 7d 01 02 03 04 05 06 07 08 f7",
    "fe",
    "b0 40 00",
    "90 3c 00",
]


def listen(mind, tools, count):
    """The first `count` events that come to the mind."""
    events = []

    def enough():
        while mind.poll():
            events.append(mind.recv())
        return len(events) >= count

    tools.wait_until(enough, f"{count} events, after {events[-5:]}")
    return events


def test_everything_goes_through_unchanged_and_is_heard_in_order(hands, peer, tools):
    with hands().mind() as mind:
        peer.play(*EVERYTHING)
        heard = listen(mind, tools, len(EVERYTHING))
    peer.wait_for(*EVERYTHING)
    assert peer.hexes == EVERYTHING
    assert [event.message.hex(" ") for event in heard] == EVERYTHING
    assert [event.seq for event in heard] == list(range(1, len(EVERYTHING) + 1))
    assert [event.at for event in heard] == sorted(event.at for event in heard)


def test_a_long_system_exclusive_message_goes_through_whole(hands, peer):
    hands()
    long = "f0 7d " + "01 7f " * 100 + "f7"
    peer.play(long)
    peer.wait_for(long)


def test_thru_without_a_mind(hands, peer):
    hands()
    peer.play("90 3c 40", "80 3c 40")
    peer.wait_for("90 3c 40", "80 3c 40")


def test_our_own_ports_can_be_connected_to(hands, plug, tools):
    plug("Peer")
    one = hands(input="Antiphon In", output=None)
    assert (one.facts["input"], one.facts["output"]) == ("Antiphon In", "Antiphon Out")
    two = hands(input="antiphon out", output="peer synth")
    assert two.facts["input"].endswith("Antiphon Out")


def test_planned_notes_come_complete_in_order_and_not_before_their_time(hands, peer, tools):
    one = hands()
    with one.mind() as mind:
        start = one.now + 0.3
        pitches = [40 + i * 7 % 40 for i in range(200)]
        notes = tuple(
            PlannedNote(i, start + i * 0.01, 0.008, 2, pitch, 80) for i, pitch in enumerate(pitches)
        )
        mind.send(Plan(0, notes))
        events = listen(mind, tools, 200)
    peer.wait_for(*[f"82 {pitches[-1]:02x} 00"] * pitches.count(pitches[-1]))
    # A note begun late on a slow machine ends late: the order within each note is what counts.
    assert [m for m in peer.hexes if m[0] == "9"] == [f"92 {pitch:02x} 50" for pitch in pitches]
    assert sorted(peer.hexes) == sorted(
        message for pitch in pitches for message in (f"92 {pitch:02x} 50", f"82 {pitch:02x} 00")
    )
    peer.wait_for_silence()
    assert [event.id for event in events] == list(range(200))
    for event, planned in zip(events, notes, strict=True):
        assert isinstance(event, Sounded)
        assert event.at >= planned.onset
        assert event.late == pytest.approx(event.at - planned.onset)
    ons = [at - one.config.epoch for at, message in peer.received if message[0] == 0x92]
    assert all(at > planned.onset for at, planned in zip(ons, notes, strict=True))


def test_a_touch_silences_the_machine_next(hands, peer, tools):
    one = hands()
    with one.mind() as mind:
        start = one.now + 0.1
        sounding = [PlannedNote(i, start, 60.0, 0, 40 + i, 80) for i in range(3)]
        later = [PlannedNote(10 + i, start + 90 + i, 1.0, 0, 50 + i, 80) for i in range(20)]
        mind.send(Plan(0, (*sounding, *later)))
        peer.wait_for("90 2a 50")
        peer.play("90 48 40")
        peer.wait_for("90 48 40", "80 2a 00")
        mind.send(Plan(0, (PlannedNote(99, one.now, 0.1, 0, 100, 80),)))  # stale
        stats = one.stats(lambda stats: stats["stale"])
    after = peer.hexes[peer.hexes.index("90 48 40") :]
    assert after == ["90 48 40", "80 28 00", "80 29 00", "80 2a 00"]
    assert stats["yields"] == 1
    assert stats["planned"] == 0
    assert (stats["player"], stats["machine"]) == ([0x48], [])


def test_with_keep_the_machine_plays_on(hands, peer):
    one = hands()
    with one.mind() as mind:
        note = PlannedNote(1, one.now, 50.0, 0, 40, 80)
        mind.send(Plan(0, (note,), on_touch=OnTouch.KEEP))
        peer.wait_for("90 28 50")
        peer.play("90 48 40")
        peer.wait_for("90 48 40")
        stats = one.stats(lambda stats: stats["heard"])
        mind.send(Plan(1, longer=(Longer(1, one.now),), on_touch=OnTouch.KEEP))
        peer.wait_for("80 28 00")
    assert (stats["yields"], stats["machine"]) == (0, [40])
    assert peer.hexes == ["90 28 50", "90 48 40", "80 28 00"]


def test_a_note_that_sounds_is_made_longer_by_a_later_plan(hands, peer):
    one = hands()
    with one.mind() as mind:
        begin, lasts = one.now, 4.0  # seconds in which the second plan has to come
        mind.send(Plan(0, (PlannedNote(1, begin, lasts, 0, 40, 80),)))
        peer.wait_for("90 28 50")
        mind.send(Plan(0, longer=(Longer(1, begin + lasts + 0.1),)))
        peer.wait_for("80 28 00")
    at, _ = peer.received[-1]
    assert at - one.config.epoch > begin + lasts + 0.1


def test_the_machines_notes_coming_back_at_the_input_are_known(hands, peer, jack, tools):
    one = hands(echo_window=tools.patience)
    (output,), (input,) = ports(":Antiphon output"), ports(":Antiphon input")
    connect(output, input)
    with one.mind() as mind:
        start = one.now + 0.1
        notes = [PlannedNote(i, start + i * 0.02, 0.01, 0, 40 + i, 80) for i in range(50)]
        mind.send(Plan(0, tuple(notes)))
        stats = one.stats(lambda stats: stats["echoes"] >= 100)
        events = listen(mind, tools, 50)
        tools.wait_until(lambda: len(peer.received) >= 100, "the notes at the synth")
    assert stats["heard"] == 0
    assert stats["yields"] == 0
    assert not [event for event in events if isinstance(event, Heard)]
    assert len(peer.received) == 100


def test_an_unplugged_keyboard_is_noticed_and_taken_up_again(hands, plug):
    synth = plug("Peer")
    keys = plug("Stage")
    one = hands(input="stage keyboard", poll_every=0.1)
    keys.play("90 3c 40")
    synth.wait_for("90 3c 40")
    keys.unplug_keyboard()
    name, line = one.wait_word("lost")
    assert "Stage keyboard" in name
    assert "\n" not in line
    synth.wait_for("90 3c 40", "80 3c 00")  # nobody will lift that key
    keys.plug_keyboard()
    one.wait_word("found")
    keys.play("90 40 40", "80 40 40")
    synth.wait_for("90 40 40", "80 40 40")


def test_an_unplugged_synth_is_noticed_silenced_and_played_again(hands, plug):
    keys = plug("Peer")
    synth = plug("Stage")
    one = hands(output="stage synth", poll_every=0.1)
    with one.mind() as mind:
        mind.send(Plan(0, (PlannedNote(1, one.now, 60.0, 0, 40, 80),), on_touch=OnTouch.KEEP))
        synth.wait_for("90 28 50")
        synth.unplug_synth()
        one.wait_word("lost")
        keys.play("90 3c 40")
        synth.plug_synth()
        one.wait_word("found")
        synth.wait_for("80 28 00", "bf 7b 00")
        keys.play("90 40 40", "80 40 40")
        synth.wait_for("90 40 40", "80 40 40")


def test_thru_is_switched_while_playing(hands, peer, tools):
    one = hands()
    peer.play("90 3c 40")
    peer.wait_for("90 3c 40")
    one.tell("set", {"thru_channel": 6})
    peer.wait_for("80 3c 00")
    peer.play("90 40 40", "80 40 40")
    peer.wait_for("95 40 40", "85 40 40")
    peer.play("90 43 40")
    peer.wait_for("95 43 40")
    one.tell("set", {"thru": 0})
    peer.wait_for("85 43 00")
    peer.play("80 43 40", "90 41 40", "80 41 40")
    one.stats(lambda stats: stats["heard"] == 7)
    one.tell("set", {"thru": 1, "thru_channel": 0})

    def through():
        peer.play("90 45 40", "80 45 40")
        time.sleep(0.05)
        return "90 45 40" in peer.hexes

    tools.wait_until(through, "thru to be on again")
    assert not [message for message in peer.hexes if message[3:5] == "41"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"input": "theremin"}, ["theremin", "Peer keyboard"]),
        ({"output": "theremin"}, ["theremin", "Peer synth"]),
        ({"api": "WINDOWS_MM"}, ["WINDOWS_MM", "UNIX_JACK"]),
    ],
)
def test_a_port_that_is_not_there_ends_in_one_line_with_the_candidates(
    hands, peer, settings, words
):
    one = hands(wait=False, **settings)
    (line,) = one.wait_word("problem")
    assert "\n" not in line
    assert all(word in line for word in words)
    assert one.ended() == 2
