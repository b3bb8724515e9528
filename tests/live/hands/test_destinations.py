"""Several outputs: each side's notes go where they belong, and nothing hangs at any of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live import midi
from live.hands.config import HandsConfig, HandsSettings
from live.hands.destinations import Destination
from live.hands.ledger import ANYBODY, CLICK, MACHINE, PLAYER, Ledger, pages, shared_book
from live.hands.playing import Playing
from live.plan import OnTouch, Plan, PlannedNote
from live.tempo.timeline import Timeline

from .test_playing import Synth, perform, steps

KEEP = OnTouch.KEEP
YOURS, OURS = PLAYER, MACHINE | CLICK


class Rig:
    """A Playing on a clock that stands still until told, with outputs that keep what they get."""

    def __init__(self, *takes, **settings):
        self.now = 0.0
        self.got = [[] for _ in takes]
        self.outs = [
            Destination(got.append, Ledger(), who) for got, who in zip(self.got, takes, strict=True)
        ]
        config = HandsConfig(settings=HandsSettings(**settings))
        self.playing = Playing(config, self.outs, lambda: self.now)

    def plan(self, *notes, after=0, on_touch=KEEP, **rest):
        self.playing.follow(Plan(after, tuple(notes), on_touch=on_touch, **rest))

    def hear(self, hexes, source=0):
        self.playing.hear(source, bytes.fromhex(hexes), self.now)

    def run_to(self, moment):
        while (due := self.playing.next_due()) is not None and due <= moment:
            self.now = max(self.now, due)
            self.playing.play()
        self.now = max(self.now, moment)

    def lose(self, n):
        self.playing.output_lost(self.outs[n])

    def find(self, n):
        self.playing.output_found(self.outs[n], self.got[n].append)

    @property
    def out(self):
        """What each output got since last asked, in hex."""
        hexes = [[message.hex(" ") for message in got] for got in self.got]
        for got in self.got:
            got.clear()
        return hexes


def note(onset, pitch=60, duration=0.5, channel=0, id=0):
    return PlannedNote(id, onset, duration, channel, pitch, 80)


def test_each_sides_notes_and_pedals_go_to_its_own_output_alone():
    rig = Rig(YOURS, OURS)
    rig.plan(note(1.0, 64))
    for message in ("90 3c 40", "b0 40 7f"):
        rig.hear(message)
    rig.run_to(2.0)
    for message in ("80 3c 40", "b0 40 00"):
        rig.hear(message)
    assert rig.out == [
        ["90 3c 40", "b0 40 7f", "80 3c 40", "b0 40 00"],
        ["90 40 50", "80 40 00"],
    ]


def test_outputs_of_both_sides_all_get_the_same():
    rig = Rig(ANYBODY, ANYBODY)
    rig.plan(note(1.0, 64))
    rig.hear("90 3c 40")
    rig.run_to(2.0)
    rig.hear("80 3c 40")
    assert rig.out == [["90 3c 40", "90 40 50", "80 40 00", "80 3c 40"]] * 2


def test_one_key_struck_by_both_ends_apart_where_the_outputs_are_apart():
    rig = Rig(YOURS, OURS, ANYBODY)
    rig.plan(note(1.0, 60))
    rig.hear("90 3c 40")
    rig.run_to(1.2)
    assert rig.out == [["90 3c 40"], ["90 3c 50"], ["90 3c 40", "90 3c 50"]]
    rig.run_to(2.0)
    assert rig.out == [[], ["80 3c 00"], []]  # at the last, ours would cut yours
    rig.hear("80 3c 40")
    assert rig.out == [["80 3c 40"], [], ["80 3c 40"] * 2]


def test_a_touch_silences_the_machine_at_all_of_its_outputs_and_nowhere_else():
    rig = Rig(YOURS, OURS, OURS)
    rig.plan(note(1.0, 64), on_touch=OnTouch.YIELD)
    rig.run_to(1.1)
    rig.out  # noqa: B018
    rig.hear("90 48 40")
    assert rig.out == [["90 48 40"], ["80 40 00"], ["80 40 00"]]


def test_the_clock_goes_everywhere_and_the_click_where_the_machine_plays():
    rig = Rig(YOURS, OURS, clock_out=1, click=1)
    rig.now = 0.995
    rig.plan(timeline=Timeline(1.0, 0.0, 120.0))
    rig.run_to(1.6)
    yours, ours = rig.out
    assert [m for m in ours if m[0] == "f"] == yours
    assert {"fa", "f8"} <= set(yours)
    assert [m[:5] for m in ours if m[0] == "9"] == ["99 4c", "99 4d"]


def test_an_echo_from_either_output_is_known():
    rig = Rig(OURS, OURS)
    rig.plan(note(1.0))
    rig.run_to(1.0)
    for _ in rig.outs:
        rig.hear("90 3c 50")
    assert rig.playing.counts["echoes"] == 2
    rig.hear("90 3c 50")
    assert rig.playing.counts["heard"] == 1


def test_the_loss_of_an_output_ends_nothing_at_another():
    rig = Rig(YOURS, OURS, OURS)
    rig.plan(note(1.0, 64, 1.0), note(2.0, 65))
    rig.hear("90 3c 40")
    rig.run_to(1.1)
    rig.out  # noqa: B018
    rig.lose(0)
    rig.lose(1)
    rig.hear("80 3c 40")
    rig.run_to(3.0)
    assert rig.out == [[], [], ["80 40 00", "90 41 50", "80 41 00"]]
    rig.find(0)
    yours, *others = rig.out
    assert yours[0] == "b0 40 00"  # the key that was lifted meanwhile, by All Notes Off
    assert "b0 7b 00" in yours
    assert others == [[], []]


def test_without_any_output_of_its_own_the_machine_plans_in_vain():
    rig = Rig(YOURS, OURS)
    rig.plan(note(1.0))
    rig.lose(0)
    assert rig.playing.next_due() == 1.0
    rig.lose(1)
    assert rig.playing.next_due() is None


def test_what_sounded_at_a_lost_output_is_ended_when_it_is_back():
    rig = Rig(ANYBODY, ANYBODY)
    rig.plan(note(1.0, 64, 9.0))
    rig.hear("90 3c 40")
    rig.hear("b0 40 7f")
    rig.run_to(1.1)
    rig.lose(0)
    rig.out  # noqa: B018
    rig.find(0)
    first, second = rig.out
    assert set(first[:2]) == {"80 3c 00", "80 40 00"}
    assert second == []
    rig.hear("80 3c 40")
    assert rig.out == [[], ["80 3c 40"]]


def test_panic_ends_both_sides_everywhere_and_again_all_notes():
    rig = Rig(YOURS, OURS)
    rig.plan(note(1.0, 64, 9.0))
    rig.hear("90 3c 40")
    rig.run_to(1.1)
    rig.out  # noqa: B018
    rig.playing.panic()
    assert rig.out == [["80 3c 00"], ["80 40 00"]]
    rig.playing.panic()
    assert [len(got) for got in rig.out] == [48, 48]


def test_what_hands_before_left_sounding_is_ended_at_its_own_output():
    rig = Rig(YOURS, OURS)
    rig.playing.begin([[(0, 60)], [(3, 64), (3, 65)]])
    assert rig.out == [["80 3c 00"], ["83 40 00", "83 41 00"]]


def test_a_page_of_the_book_knows_nothing_of_another():
    book = pages(shared_book())
    first, second = Ledger(book[0]), Ledger(book[1])
    first.begin(0, 60, MACHINE)
    assert second.keys(ANYBODY) == []
    assert Ledger(book[0]).keys(MACHINE) == [(0, 60)]


# --- programs ---


def test_programs_are_selected_at_the_start_on_each_sides_channel():
    rig = Rig(YOURS, OURS, program=5, program_you=128, thru_channel=3)
    rig.playing.begin([[], []])
    assert rig.out == [["c2 7f"], []]
    rig.playing.play_on((0, 9, 16, "a mind's fault"))
    assert rig.out == [[], ["c0 04", "c9 04"]]


def test_without_a_program_the_sound_is_left_alone():
    rig = Rig(ANYBODY, bank=7, bank_you=9)
    rig.playing.begin([[]])
    rig.playing.play_on((0,))
    assert rig.out == [[]]


def test_a_program_is_selected_when_it_changes_and_only_then():
    rig = Rig(YOURS, OURS)
    rig.playing.begin([[], []])
    rig.playing.play_on((1,))
    rig.playing.set({"program": 12})
    assert rig.out == [[], ["c1 0b"]]
    rig.playing.set({"thru": 0})
    rig.playing.set({"program_you": 1})
    assert rig.out == [["c0 00"], []]
    rig.playing.play_on((1, 4))
    assert rig.out == [[], ["c4 0b"]]
    rig.playing.set({"program": 0})
    assert rig.out == [[], []]


@pytest.mark.parametrize(
    ("bank", "sent"), [(1, ["b0 00 00", "b0 20 00"]), (16384, ["b0 00 7f", "b0 20 7f"])]
)
def test_a_bank_goes_before_its_program(bank, sent):
    rig = Rig(ANYBODY, program=3, bank=bank)
    rig.playing.play_on((0,))
    assert rig.out == [[*sent, "c0 02"]]


def test_an_output_that_is_back_has_its_programs_selected_again():
    rig = Rig(YOURS, OURS, program=5, program_you=6)
    rig.playing.begin([[], []])
    rig.playing.play_on((2,))
    rig.lose(1)
    rig.out  # noqa: B018
    rig.find(1)
    yours, ours = rig.out
    assert yours == []
    assert ours[-1] == "c2 04"


# --- never a hanging note ---

takes = st.lists(st.sampled_from([YOURS, OURS, ANYBODY]), min_size=1, max_size=3)
plugs = st.tuples(st.sampled_from(["lose", "find"]), st.integers(0, 2))


class Wired(Rig):
    """With synths at the other ends: what is sent while a synth is away never reaches it."""

    def __init__(self, takes):
        super().__init__(*takes)
        self.synths = [Synth() for _ in takes]

    def plug(self, word, n):
        n %= len(self.outs)
        if (word == "lose") != self.outs[n].away:
            (self.lose if word == "lose" else self.find)(n)

    def listen(self):
        for synth, got in zip(self.synths, self.got, strict=True):
            for message in got:
                synth.play(message)
            got.clear()


@given(takes, st.lists(steps | plugs, max_size=40))
def test_nothing_hangs_at_any_output_that_is_there_at_the_end(takes, script):
    rig = Wired(takes)
    for step in script:
        rig.plug(*step) if step[0] in ("lose", "find") else perform(rig, step)
        rig.listen()
    for n in range(len(takes)):
        rig.plug("find", n)
    rig.playing.finish()
    rig.listen()
    for synth in rig.synths:
        assert synth.down == set()
        assert {key for key, count in synth.strikes.items() if count} <= synth.struck_often
        assert synth.pedals == set()


@given(takes, st.lists(steps | plugs, max_size=40))
def test_each_book_is_what_its_synth_sounds(takes, script):
    rig = Wired(takes)
    for step in script:
        rig.plug(*step) if step[0] in ("lose", "find") else perform(rig, step)
        rig.listen()
        for one, synth in zip(rig.outs, rig.synths, strict=True):
            if not one.away:
                assert synth.down <= set(one.ledger.keys(0xFF))


@given(st.lists(steps, max_size=40))
def test_no_side_is_heard_at_the_others_output(script):
    rig = Rig(YOURS, OURS)
    for step in script:
        perform(rig, step)
    rig.playing.finish()
    _, ours = rig.got
    played = [m for m in ours if midi.is_note_on(m)]
    assert len(played) == rig.playing.counts["sounded"]
    assert not [m for m in ours if midi.is_control(m, 1)]
