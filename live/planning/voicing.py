"""Voices that sound at once with a note of the player's, each foretold after the ones before it."""

from collections.abc import Iterator

from live.codec import PART
from live.models.note_model import ask
from live.notes import MACHINE, Note
from live.planning.listening import Listening
from live.reader import Foretold


def voices_with(listening: Listening, heard: Note) -> Iterator[Foretold]:
    """One note of each of the machine's voices, in the model's order, with the note `heard`; none
    crosses another. Each follows `listening.tip`, which is to be moved on before the next."""
    codec, mine = listening.model.codec, listening.mine
    order = {voice: n for n, voice in enumerate(codec.voices)}
    yours = order[mine.you.voice]
    above: int = 128  # the voice above the next one
    for number, part in enumerate(codec.parts):
        place = order[part.voice]
        if part.side != MACHINE or part.voice not in mine.voices or place == yours:
            continue
        if place > yours:
            above = min(above, heard.pitch)
        low = heard.pitch if place < yours else -1
        its = mine.places[part.voice].pitches
        pitches = frozenset(p for p in its if low < p < above)
        if not pitches:
            continue
        asked = ask(
            codec, MACHINE, pitches=pitches, most_time=0.0,
            temperature=listening.settings.temperature,
        )  # fmt: skip
        asked.forced[PART] = number
        foretold = listening.reader.foretell(listening.tip, asked, listening.chance.draw())
        above = foretold.pitch
        yield foretold
