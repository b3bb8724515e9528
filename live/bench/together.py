"""Playing at the same time: from a player's note to a new plan in the hands, and to the voices that
sound with it. Over real ports, with hands and a mind as on stage.

A new plan is there when the hands have followed one that was made after the note and in which a
beat from then on is settled, with notes or without. What the plan costs is told beside as many bare
steps of the model.

Beside both stands a bare rival, in the same run: a mido callback, and a process that takes as many
bare steps of the same model for each key and answers.
"""

import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

from live import midi
from live.bench.figures import ratio, spread
from live.bench.rig import BARE_INPUT, BARE_OUTPUT, INPUT, MACHINE_CHANNEL, OUTPUT, gear, rival
from live.bench.session import NOTHING, Session, Thought, session
from live.bench.step import STAGE, stepper, time_steps
from live.demo.phrase import BEATS_PER_MINUTE, CALLS
from live.demo.song import Timed, read_song
from live.models.any_model import open_any
from live.models.shelf import find
from live.plan import Heard
from live.settings import Settings

CHORALE = "chorale"  # the model of the voices
BEFORE = 1.0  # seconds before the first key
KEYS = (0, 5, -2, 3, -4, 1)  # semitones: the phrases go round
SPREAD = 0.012  # seconds between the hands, and the fingers of one
CHORD = 0.05  # seconds: onsets closer than this are one chord
HELD = 0.9  # of the time to the next key
LOST_AFTER = 0.5  # seconds
STEPS = 300  # bare ones
BARE = 0.5  # of the playing is played to the rival too


def bench_together(model: Path, song: Path | None, seconds: float) -> dict[str, Any]:
    """So many seconds of a duet, of a song or of two hands, and as many of its melody, harmonised.
    Raises UserError."""
    played = read_song(song, seconds) if song else two_hands(seconds)
    melody = melody_of(played, seconds)
    return {
        f"duet, {model.stem}": _duet(model, played),
        f"harmonise, {CHORALE}": _harmonise(find(CHORALE), melody),
    }


# --- what is played


def two_hands(seconds: float) -> tuple[Timed, ...]:
    """The demo's phrases, one after the other through some keys, as fingers play them."""
    chance, beat = random.Random(0), 60 / BEATS_PER_MINUTE
    events: list[Timed] = []
    start = 0.0
    for call, up in zip(cycle(CALLS), cycle(KEYS), strict=False):
        if start >= seconds:
            break
        for at, pitches, held, velocity in call:
            for pitch in pitches:
                onset = start + at * beat + chance.uniform(0, SPREAD)
                loud = velocity + chance.randint(-8, 8)
                events.append((onset, midi.note_on(0, pitch + up, loud)))
                events.append((onset + held * beat, midi.note_off(0, pitch + up)))
        start += beat * (4 * round(max(at + held for at, _, held, _ in call) / 4))
    return tuple(sorted(events, key=lambda event: event[0]))


def melody_of(song: Sequence[Timed], seconds: float) -> tuple[Timed, ...]:
    """The highest notes, one at a time: each key comes up before the next goes down."""
    tops: list[Timed] = []
    for at, message in song:
        if midi.is_note_on(message) and at <= seconds:
            if not tops or at - tops[-1][0] > CHORD:
                tops.append((at, message))
            elif message[1] > tops[-1][1][1]:
                tops[-1] = tops[-1][0], message
    ends = [*(at for at, _ in tops[1:]), seconds]
    line: list[Timed] = []
    for (at, message), end in zip(tops, ends, strict=True):
        line += [
            (at, message),
            (at + HELD * (end - at), midi.note_off(message[0] & 15, message[1])),
        ]
    return tuple(line)


def _play(keyboard: Any, song: Sequence[Timed], epoch: float) -> list[tuple[float, bytes]]:
    """Play a song in time; when each message was sent, on the session's clock."""
    sent = []
    start = time.perf_counter() + BEFORE
    for at, message in song:
        time.sleep(max(0.0, start + at - time.perf_counter()))
        sent.append((time.perf_counter() - epoch, message))
        keyboard.send(message)
    time.sleep(LOST_AFTER)
    return sent


# --- the duet


def _duet(model: Path, song: Sequence[Timed]) -> dict[str, Any]:
    settings = Settings(mode="duet", tempo=BEATS_PER_MINUTE)
    with session(model, settings) as looked:
        keyboard = gear(INPUT, OUTPUT)
        sent = _play(keyboard, song, looked.epoch)
        keyboard.close()
    keys = [at for at, message in sent if midi.is_note_on(message)]
    heard = [h for h in looked.heard if midi.is_note_on(h.message)]
    beat = 60 / settings.tempo
    plans = _answers(looked, heard, lambda thought: thought.reach >= beat)
    figures: dict[str, Any] = {
        "key in the hands to plan": spread([a.at - a.note.at for a in plans]),
        "the same, notes by themselves": spread([a.at - a.note.at for a in _alone(plans)]),
    }
    if len(keys) == len(heard):  # or nobody knows which was lost
        sent_at = dict(zip((h.seq for h in heard), keys, strict=True))
        figures["key sent to plan"] = spread([a.at - sent_at[a.note.seq] for a in plans])
    figures["no plan before the end"] = len(heard) - len(plans)
    steps = round(statistics.median(a.steps for a in plans)) if plans else 0
    bare = spread(_bare(model, steps, song).answered)
    figures |= {
        f"bare rival, {steps} steps": bare,
        "times the rival's": ratio(figures["the same, notes by themselves"], bare),
    }
    return figures | _way(plans) | _costs(model, looked, beat)


@dataclass(frozen=True)
class Answer:
    """What a note led to. begun, done: when the mind began to plan and had planned enough; at:
    when the hands had that (seconds on the session's clock); steps: of the model."""

    note: Heard
    begun: float
    done: float
    at: float
    steps: int


def _answers(
    looked: Session, heard: Sequence[Heard], enough: Callable[[Thought], bool], nth: int = 1
) -> list[Answer]:
    """Each note with what was planned after it until it was enough, so many times, if it ever
    was."""
    followed = {plan.key: plan.at for plan in looked.followed}
    answers = []
    for number, note in enumerate(heard, 1):
        since = [t for t in looked.thoughts if t.after >= number and t.steps]
        last = [n for n, thought in enumerate(since) if enough(thought)][nth - 1 : nth]
        if not last:
            continue
        its = since[: last[0] + 1]
        done = its[-1].done
        # Where the last notes foretold are all the player's, the hands had the plan before.
        said = [followed[t.key] for t in its if t.key in followed and t.key != NOTHING]
        steps = sum(t.steps for t in its)
        answers.append(Answer(note, its[0].at, done, max([done, *said]), steps))
    return answers


def _alone(answers: Sequence[Answer]) -> Iterator[Answer]:
    """Those that no other note comes shortly before."""
    before = float("-inf")
    for answer in answers:
        if answer.note.at - before > CHORD:
            yield answer
        before = answer.note.at


def _way(answers: Sequence[Answer]) -> dict[str, Any]:
    """Where the time goes, from the hands to the mind and back."""
    return {
        "  until the mind plans": spread([a.begun - a.note.at for a in answers]),
        "  the plan itself": spread([a.done - a.begun for a in answers]),
        "  until the hands have it": spread([a.at - a.done for a in answers]),
    }


def _costs(model: Path, looked: Session, beat: float) -> dict[str, Any]:
    """What plans made anew cost, a beat of each, beside bare steps."""
    anew: list[list[Thought]] = []
    for thought in looked.thoughts:
        if thought.key[0] is not None:
            anew.append([thought])
        elif anew and thought.steps and anew[-1][-1].reach < beat:
            anew[-1].append(thought)
    if not anew:
        return {"plans made anew": 0}
    bare, _ = time_steps(stepper(open_any(model)), STEPS, STAGE)
    took = [sum(t.done - t.at for t in plan) for plan in anew]
    steps = [sum(t.steps for t in plan) for plan in anew]
    each = statistics.median(t / s for t, s in zip(took, steps, strict=True) if s)
    return {
        "plans made anew": spread(took),
        "steps of each": f"median {statistics.median(steps):g}  max {max(steps)}",
        "a step of them": f"{1e3 * each:.3f} ms, {each / statistics.median(bare):.2f} times a bare "
        f"one called every {1e3 * STAGE:g} ms",
    }


# --- the rival


@dataclass(frozen=True)
class Bare:
    """own: from a key sent to its own sound, answers: to the answer's, both ports included;
    answered: from the key in the callback to the answer there (seconds)."""

    own: list[float]
    answers: list[float]
    answered: list[float]


def _bare(model: Path, steps: int, song: Sequence[Timed]) -> Bare:
    """What the rival does with the beginning of the same."""
    some = [event for event in song if event[0] <= BARE * song[-1][0]]
    with rival(model, steps) as its:
        keyboard = gear(BARE_INPUT, BARE_OUTPUT)
        sent = _play(keyboard, some, 0.0)
        received = list(keyboard.received)
        keyboard.close()
    own, answers = _sounds(sent, received)
    return Bare(own, [at for each in answers for at in each], its.answered)


# --- the voices


def _sounds(
    sent: Sequence[tuple[float, bytes]], received: Sequence[tuple[float, bytes]]
) -> tuple[list[float], list[list[float]]]:
    """Seconds from each key sent to its own sound, and to each of the machine's before the next."""
    keys = [(at, message) for at, message in sent if midi.is_note_on(message)]
    ons = [(at, message) for at, message in received if midi.is_note_on(message)]
    own: list[float] = []
    each: list[list[float]] = []
    ends = [at for at, _ in keys[1:]] + [float("inf")]
    for (key, message), end in zip(keys, ends, strict=True):
        within = [(at, m) for at, m in ons if key <= at < end]
        own += [at - key for at, m in within if m == message]
        each.append([at - key for at, m in within if midi.channel_of(m) == MACHINE_CHANNEL])
    return own, each


def _harmonise(model: Path, melody: Sequence[Timed]) -> dict[str, Any]:
    settings = Settings(mode="harmonise", channel=MACHINE_CHANNEL + 1)
    with session(model, settings) as looked:
        keyboard = gear(INPUT, OUTPUT)
        sent = _play(keyboard, melody, looked.epoch)
        received = [(at - looked.epoch, message) for at, message in keyboard.received]
        keyboard.close()
    own, each = _sounds(sent, received)
    voiced = [its for its in each if its]
    heard = [note for note in looked.heard if midi.is_note_on(note.message)]
    voices = max(map(len, voiced), default=1)
    plans = _answers(looked, heard, lambda thought: thought.key[1] is not None, voices)
    last = spread([its[-1] for its in voiced])
    bare = _bare(model, voices, melody)
    answers = spread(bare.answers)
    return {
        "key sent to its own sound": spread(own),
        "bare mido callback": spread(bare.own),
        "to each voice": spread([at for its in voiced for at in its]),
        "to the first voice": spread([its[0] for its in voiced]),
        "to the last voice": last,
        f"bare rival, {voices} steps": answers,
        "last voice, times that": ratio(last, answers),
        "keys without voices": len(each) - len(voiced),
        "key in the hands to each voice out": spread([sounded.late for sounded in looked.sounded]),
    } | _way(plans)
