"""What the tests of the take share: a header, a way to write music down, and a hypothesis."""

from hypothesis import strategies as st

from live import midi
from live.notes import SIDES, Note, Part
from live.plan import Heard, Longer, OnTouch, Plan, PlannedNote, Sounded
from live.take.entries import (
    End,
    Entry,
    Header,
    Mark,
    ModelName,
    Restart,
    Settings,
    Sound,
    Take,
    Wake,
)

HEADER = Header("0.1.0", "2026-03-14T20:15:09+01:00", 7, ModelName("pop.onnx", "ab" * 32), {"x": 1})


def take(*entries: Entry, truncated: bool = False) -> Take:
    complete = bool(entries) and isinstance(entries[-1], End)
    return Take(HEADER, tuple(entries), complete, truncated)


def on(seq: int, at: float, pitch: int = 60, velocity: int = 80, channel: int = 0) -> Heard:
    return Heard(seq, at, midi.note_on(channel, pitch, velocity))


def off(seq: int, at: float, pitch: int = 60, channel: int = 0) -> Heard:
    return Heard(seq, at, midi.note_off(channel, pitch, 64))


seconds = st.floats(0, 1e5).map(lambda at: round(at, 6))
counts = st.integers(0, 2**40)
notes_in_window = st.builds(
    Note,
    seconds,
    st.builds(Part, st.sampled_from(SIDES), st.text(max_size=8)),
    st.integers(0, 127),
    st.integers(1, 127),
    st.none() | seconds,
)
planned = st.builds(
    PlannedNote,
    st.integers(0, 5),
    seconds,
    st.floats(0.001, 90),
    st.integers(0, 1),
    st.integers(59, 61),
    st.integers(1, 127),
)
plans = st.builds(
    Plan,
    counts,
    st.lists(planned, max_size=3).map(tuple),
    st.none() | seconds,
    st.sampled_from(OnTouch),
    st.lists(st.builds(Longer, st.integers(0, 5), seconds), max_size=2).map(tuple),
)
messages = st.one_of(
    st.builds(midi.note_on, st.integers(0, 1), st.integers(59, 61), st.integers(0, 127)),
    st.builds(midi.note_off, st.integers(0, 1), st.integers(59, 61), st.integers(0, 127)),
    st.builds(midi.control_change, st.integers(0, 1), st.sampled_from((1, 64, 120, 123)),
              st.integers(0, 127)),
    st.sampled_from((b"\xf8", b"\xf0\x7d\x01\xf7", b"\xe0\x00\x40", b"\xc0\x05", b"\xf2\x00\x01")),
    st.binary(max_size=4),
)  # fmt: skip
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)  # fmt: skip
settings = st.dictionaries(st.text(max_size=8), json_values, max_size=3)
entries = st.one_of(
    st.builds(Heard, counts, seconds, messages),
    st.builds(Sounded, st.integers(0, 5), seconds, seconds),
    st.builds(Wake, seconds),
    plans,
    st.builds(Restart, seconds, st.lists(notes_in_window, max_size=3).map(tuple)),
    st.builds(Settings, seconds, settings),
    st.builds(Mark, seconds, st.booleans()),
    st.builds(Sound, seconds, settings),
    st.builds(End, seconds),
)
