"""The phrases of the demo, written for it: a call, and a shorter second one.

A line is (beat, pitches, beats held, velocity).
"""

from live import midi

BEATS_PER_MINUTE = 104.0
CALLS: tuple[tuple[tuple[float, tuple[int, ...], float, int], ...], ...] = (
    (
        (0.0, (48, 55), 1.9, 62),
        (0.0, (76,), 0.9, 84),
        (1.0, (74,), 0.45, 76),
        (1.5, (72,), 0.45, 78),
        (2.0, (45, 52), 1.9, 60),
        (2.0, (72,), 0.9, 82),
        (3.0, (69,), 0.45, 72),
        (3.5, (72,), 0.45, 78),
        (4.0, (41, 53), 1.9, 62),
        (4.0, (74,), 0.9, 86),
        (5.0, (77,), 0.45, 84),
        (5.5, (76,), 0.45, 80),
        (6.0, (43, 55), 1.8, 62),
        (6.0, (74,), 1.7, 82),
    ),
    (
        (0.0, (45, 57), 1.9, 66),
        (0.0, (76,), 0.45, 88),
        (0.5, (79,), 0.9, 92),
        (1.5, (76,), 0.45, 82),
        (2.0, (41, 57), 1.8, 64),
        (2.0, (77,), 0.7, 86),
        (2.75, (76,), 0.2, 78),
        (3.0, (72,), 0.8, 80),
    ),
)


def messages(call: int) -> list[tuple[float, bytes]]:
    """A call as (seconds from its beginning, raw MIDI), in order of time."""
    beat = 60.0 / BEATS_PER_MINUTE
    events = []
    for at, pitches, held, velocity in CALLS[call]:
        for pitch in pitches:
            events.append((at * beat, midi.note_on(0, pitch, velocity)))
            events.append(((at + held) * beat, midi.note_off(0, pitch)))
    return sorted(events, key=lambda event: (event[0], midi.is_note_on(event[1])))
