"""What the hands can be told before the whole of a call is planned is said at once."""

from functools import reduce

import pytest

from live import midi
from live.models.note_model import NoteModel
from live.models.shelf import find
from live.partner import Partner
from live.plan import Beat, Heard, both
from live.settings import Settings
from live.tempo.timeline import Timeline

from .counted import Counted


@pytest.fixture(scope="module")
def chorale():
    return NoteModel.open(find("chorale"))


class Saying:
    """A partner, and what each call into it came to: (steps of the model by then, plan)."""

    def __init__(self, model, in_parts=True, **settings):
        self.model = Counted(model)
        self.partner = Partner(self.model, Settings(**settings), 0)
        self._said = []
        if in_parts:
            self.partner.say = self._hear
        self.calls = []

    def _hear(self, plan):
        if plan is not None:
            self._said.append((self.model.steps, plan))

    def call(self, name, *given):
        self.model.steps, self._said = 0, []
        self._hear(getattr(self.partner, name)(*given))
        self.calls.append(self._said)
        return self._said

    def plays(self, seq, at, pitch):
        return self.call("hear", Heard(seq, at, midi.note_on(0, pitch, 80)))

    def beat(self, at, bpm):
        return self.call("beat", Beat(at, "midi", Timeline(at, 2 * at, bpm)))


def play(saying):
    """A few notes, and a tempo that changes twice meanwhile."""
    saying.beat(0.5, 120)
    for seq, pitch in enumerate((60, 67, 72), 1):
        saying.plays(seq, seq * 0.5 + 0.5, pitch)
    saying.beat(2.25, 96)
    saying.call("wake", 2.5)
    saying.plays(4, 2.75, 64)
    return saying.calls


def test_each_voice_is_said_before_the_next_is_asked_for(chorale):
    said = Saying(chorale, mode="harmonise").plays(1, 1.0, 72)
    assert [len(plan.notes) for _, plan in said] == [0, 1, 1, 1]
    first, *its = (steps for steps, _ in said)
    assert its == [first + 1, first + 2, first + 3]


def test_a_new_tempo_is_said_before_anything_is_planned_on_it(tiny):
    saying = Saying(tiny, mode="duet", clock="midi")
    saying.beat(0.5, 120)
    assert saying.plays(1, 1.0, 60)
    (steps, first), *rest = saying.beat(1.25, 96)
    assert first.timeline.bpm == 96
    assert (steps, first.notes) == (0, ())
    assert all(plan.timeline is None for _, plan in rest)
    assert saying.partner.wake_at is not None


@pytest.mark.parametrize("mode", ["harmonise", "duet", "answer", "continue"])
def test_in_parts_or_not_it_says_the_same(chorale, mode):
    whole = play(Saying(chorale, in_parts=False, mode=mode, clock="midi"))
    parts = play(Saying(chorale, mode=mode, clock="midi"))
    assert [[plan for _, plan in said] for said in whole] == [
        [reduce(both, (plan for _, plan in said))] if said else [] for said in parts
    ]
