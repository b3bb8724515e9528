"""Excerpts <-> notes in ticks."""

from dataclasses import replace

import numpy as np

from live.codec import Codec
from live.notes import PLAYER, Note, Part
from training.measures.excerpts import Excerpt

MOST = 4000  # notes of a continuation


def notes_of(context: Excerpt, codec: Codec) -> list[Note]:
    """The player's notes in ticks, in the order in which training reads them."""
    tick, voices = codec.ticks_per_beat, codec.voices
    columns = (context.onset, context.voice, context.pitch, context.velocity, context.beats)
    notes = [
        Note(round(at * tick), Part(PLAYER, voices[v]), int(pitch), int(velocity), beats * tick)
        for at, v, pitch, velocity, beats in zip(*columns, strict=True)
    ]
    return sorted(notes, key=lambda n: (n.onset, voices.index(n.part.voice), n.pitch))


def excerpt(notes: list[Note], context: Excerpt, codec: Codec, start: float) -> Excerpt:
    """Notes in ticks, as many bars as the context has."""
    tick = codec.ticks_per_beat
    return Excerpt(
        onset=np.array([n.onset - start for n in notes], np.float64) / tick,
        beats=np.array([n.duration or 0.0 for n in notes], np.float64) / tick,
        pitch=np.array([n.pitch for n in notes], np.int64),
        velocity=np.array([n.velocity for n in notes], np.int64),
        voice=np.array([codec.voices.index(n.part.voice) for n in notes], np.int64),
        bars=context.bars,
        bar=context.bar,
    )


def in_bins(real: Excerpt, codec: Codec) -> Excerpt:
    """Real music as the model's bins can write it down: what no model of this codec can better."""
    time, _, _, velocity, duration = codec.fields
    tick = codec.ticks_per_beat
    times = time.values[time.encode(np.diff(np.round(real.onset * tick), prepend=0))]
    loud, length = velocity.encode(real.velocity), duration.encode(real.beats * tick)
    return replace(
        real,
        onset=np.cumsum(times) / tick,
        velocity=velocity.values[loud],
        beats=duration.values[length] / tick,
    )
