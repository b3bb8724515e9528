"""One MIDI file -> one piece: notes with voices, in beats and in seconds, and where the bars lie.

Beats come from the file's own tempo and time signatures or, where a `beat_midi.txt` lies beside
it (the POP909 set: time in seconds, half-bar flag, downbeat flag, a line a beat), from there.
A file recorded without a beat, whose tempo is only a placeholder, has none: see Piece.
"""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import mido
import numpy as np
import numpy.typing as npt

from training.config import CorpusConfig

LONGEST = 6 * 3600.0  # seconds; a longer piece is a damaged file
LAST_TICK = 2**40
MOST_NOTES = 200_000
MOST_BYTES = 2**21  # mido makes an object of 500 bytes of every three
MOST_BARS = 50_000
SHORTEST_BEAT = 0.01  # seconds
SHORTEST_BAR = 0.25  # beats; a shorter one is a damaged time signature
BEATS_FILE = "beat_midi.txt"
PERCUSSION = 9  # the channel, from 0, where a pitch is a drum
BEATLESS_RATE = 2.0  # beats a second, where a piece has none of its own
# A number is written in bytes from 0x80 up, the last one below. To read one of megabytes takes
# hours; nor is there any text as long in a song.
ENDLESS = re.compile(rb"[\x80-\xff]{10000}")

Floats = npt.NDArray[np.float64]


class BadFile(Exception):
    """A file that holds no usable piece; the message says why, in a few words."""


@dataclass(frozen=True)
class Piece:
    """Notes in order of onset, all arrays of length N.

    beat, beats: onset and duration in beats; second, seconds: the same in seconds;
    in_bar: beats since the bar began; bar: length of that bar in beats;
    voice: index into the corpus's voices; pitch, velocity: MIDI (velocity 1-127, or 0 for all
    notes of a score, whose velocities nobody played).
    A piece without beats has 0 for every in_bar and bar, and its beats are half seconds.
    """

    beat: Floats
    beats: Floats
    second: Floats
    seconds: Floats
    in_bar: Floats
    bar: Floats
    voice: npt.NDArray[np.int64]
    pitch: npt.NDArray[np.int64]
    velocity: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.pitch)

    @property
    def beatless(self) -> bool:
        """Whether only its seconds mean anything: no beats, no bars."""
        return not self.bar.any()


def voice_of(track: str, corpus: CorpusConfig) -> int:
    """The voice (its index) that a track of that name belongs to."""
    name = track.lower()
    voices = list(corpus.voices)
    for voice, words in corpus.voices.items():
        if any(word in name for word in words):
            return voices.index(voice)
    return voices.index(corpus.otherwise)


def read_piece(path: Path, corpus: CorpusConfig) -> Piece:
    """Raises BadFile when the file cannot be read or holds no notes."""
    file = _parse(bytes_of(path))
    if file.ticks_per_beat < 0:
        raise BadFile("its time is in film frames (SMPTE), not in beats")
    if file.ticks_per_beat == 0:
        raise BadFile("its division is 0 ticks a beat")
    if file.type == 2:
        raise BadFile("type 2: its tracks are not one piece")
    notes, tempos, signatures = _events(file, corpus)
    if not notes:
        raise BadFile("no notes")
    if len(notes) > MOST_NOTES:
        raise BadFile(f"{len(notes)} notes, more than {MOST_NOTES}")
    table = np.array(notes, dtype=np.float64)
    start, end = table[:, 0], table[:, 1]
    second, ended = (_seconds(t, tempos, file.ticks_per_beat) for t in (start, end))
    if ended.max() > LONGEST:
        raise BadFile(f"{ended.max() / 3600:.0f} hours long")
    beats_file = path.parent / BEATS_FILE
    if _is_named(path, corpus.beatless):
        beat, last = second * BEATLESS_RATE, ended * BEATLESS_RATE
        in_bar = bar = np.zeros_like(beat)
    elif beats_file.exists():
        times, downbeats = _read_beats(beats_file)
        beat, last = _beats_at(second, times), _beats_at(ended, times)
        in_bar, bar = _in_bars(beat, downbeats.astype(np.float64))
    else:
        beat, last = start / file.ticks_per_beat, end / file.ticks_per_beat
        bars = _bars(signatures, float(last.max()), file.ticks_per_beat)
        in_bar, bar = _in_bars(beat, bars)
    order = np.lexsort((table[:, 3], table[:, 2], beat))
    return Piece(
        beat=beat[order],
        beats=(last - beat)[order],
        second=second[order],
        seconds=(ended - second)[order],
        in_bar=in_bar[order],
        bar=bar[order],
        voice=table[order, 2].astype(np.int64),
        pitch=table[order, 3].astype(np.int64),
        velocity=table[order, 4].astype(np.int64) * (not _is_named(path, corpus.written)),
    )


def _is_named(path: Path, words: Sequence[str]) -> bool:
    """Whether one of the words is in the path."""
    where = path.resolve().as_posix().lower()
    return any(word.lower() in where for word in words)


def bytes_of(path: Path, most: int = MOST_BYTES) -> bytes:
    """Raises BadFile when the file cannot be read or has more bytes than that."""
    try:
        size = path.stat().st_size
        if size > most:
            raise BadFile(f"{size >> 20} MB, more than a song can have")
        return path.read_bytes()
    except OSError as error:
        raise BadFile(f"cannot be read: {error.strerror}") from error


def _parse(data: bytes) -> mido.MidiFile:
    if not data:
        raise BadFile("empty")
    if ENDLESS.search(data):
        raise BadFile("not a readable MIDI file (a number without end)")
    try:
        return mido.MidiFile(file=io.BytesIO(data), clip=True)
    except EOFError as error:
        raise BadFile("cut short") from error
    except Exception as error:  # mido raises what it stumbles on: a bad byte can be any exception
        why = f"{type(error).__name__}: {error}"[:200]
        raise BadFile(f"not a readable MIDI file ({why})") from error


def _events(
    file: mido.MidiFile, corpus: CorpusConfig
) -> tuple[list[tuple[int, int, int, int, int]], list[tuple[int, int]], list[tuple[int, int, int]]]:
    """Notes as (on tick, off tick, voice, pitch, velocity); tempos; time signatures."""
    notes: list[tuple[int, int, int, int, int]] = []
    tempos = [(0, 500_000)]
    signatures = [(0, 4, 4)]
    for track in file.tracks:
        voice = voice_of(track.name or "", corpus)
        tick = 0
        sounding: dict[tuple[int, int], tuple[int, int]] = {}
        for message in track:
            tick += max(0, message.time)
            if tick > LAST_TICK:
                raise BadFile("absurdly long")
            if message.type == "set_tempo" and message.tempo > 0:
                tempos.append((tick, message.tempo))
            elif message.type == "time_signature" and _is_bar(message):
                signatures.append((tick, message.numerator, message.denominator))
            elif message.type in ("note_on", "note_off"):
                if (message.channel == PERCUSSION) != corpus.percussion:
                    continue  # the pitches of percussion are not pitches
                struck = message.type == "note_on" and message.velocity > 0
                key = (message.channel, message.note)
                begun = sounding.pop(key, None)  # a note-off without its note-on is nothing
                # A drum may be written with no length at all, and is a hit all the same.
                if begun and (tick > begun[0] or (corpus.percussion and not struck)):
                    notes.append((begun[0], tick, voice, message.note, begun[1]))
                if struck:
                    sounding[key] = (tick, message.velocity)
        for (_, pitch), (begun_at, velocity) in sounding.items():
            if tick > begun_at or corpus.percussion:
                notes.append((begun_at, tick, voice, pitch, velocity))
    return notes, sorted(tempos, key=lambda t: t[0]), sorted(signatures, key=lambda s: s[0])


def _is_bar(signature: mido.MetaMessage) -> bool:
    return bool(signature.numerator * 4 / signature.denominator >= SHORTEST_BAR)


def _seconds(ticks: Floats, tempos: list[tuple[int, int]], per_beat: int) -> Floats:
    at = np.array([t for t, _ in tempos], dtype=np.float64)
    rate = np.array([tempo for _, tempo in tempos], dtype=np.float64) / 1e6 / per_beat
    begun = np.concatenate(([0.0], np.cumsum(np.diff(at) * rate[:-1])))
    here = np.searchsorted(at, ticks, side="right") - 1
    return begun[here] + (ticks - at[here]) * rate[here]


def _read_beats(path: Path) -> tuple[Floats, npt.NDArray[np.int64]]:
    try:
        lines = bytes_of(path).decode().splitlines()
        table = np.array([line.split() for line in lines if line.strip()], dtype=np.float64)
        times, flags = table[:, 0], table[:, -1]
    except (BadFile, ValueError, IndexError) as error:
        raise BadFile(f"{path.name} beside it is not a list of beats") from error
    downbeats = np.flatnonzero(flags > 0)
    # Said so that "not a number" fails it too.
    rising = np.all(np.diff(times) >= SHORTEST_BEAT) and np.isfinite(times).all()
    if len(times) < 2 or len(downbeats) < 2 or not rising:
        raise BadFile(f"{path.name} beside it has no rising beats with downbeats")
    return times, downbeats


def _beats_at(seconds: Floats, times: Floats) -> Floats:
    """Beats (the first is 0) at those seconds; beyond the ends the tempo of the end goes on."""
    here = np.clip(np.searchsorted(times, seconds, side="right") - 1, 0, len(times) - 2)
    return here + (seconds - times[here]) / (times[here + 1] - times[here])


def _bars(signatures: list[tuple[int, int, int]], end: float, per_beat: int) -> Floats:
    """The beats at which bars begin, to one past the end."""
    starts: list[float] = []
    at = 0.0
    for index, (tick, numerator, denominator) in enumerate(signatures):
        at = tick / per_beat  # a new signature begins a bar
        following = signatures[index + 1][0] / per_beat if index + 1 < len(signatures) else end
        length = numerator * 4 / denominator
        if (following - at) / length > MOST_BARS - len(starts):
            raise BadFile(f"more than {MOST_BARS} bars")
        starts.extend(np.arange(at, following, length))
        at = (starts[-1] if starts else at) + length
    starts.append(at)
    starts.append(at + signatures[-1][1] * 4 / signatures[-1][2])
    return np.unique(np.array(starts))


def _in_bars(beat: Floats, bars: Floats) -> tuple[Floats, Floats]:
    """Beats since the bar began and that bar's length; bars go on evenly beyond both ends."""
    lengths = np.diff(bars)
    here = np.clip(np.searchsorted(bars, beat, side="right") - 1, 0, len(lengths) - 1)
    return np.mod(beat - bars[here], lengths[here]), lengths[here]
