"""Who plays what: the settings, as this model can play them."""

from live.models.contract import Contract
from live.modes import MODES, roles, way_of, words
from live.notes import MACHINE, PLAYER, Part
from live.placing import Own, parse_parts
from live.planning import Mine
from live.planning.planner import Place
from live.scales import pitches_of
from live.settings import SettingError, Settings

DRUM_CHANNEL = 10  # of General MIDI, counted from 1


def cast(contract: Contract, settings: Settings, classes: frozenset[int]) -> Mine:
    """classes: the pitch classes (0-11) that the machine keeps to. Raises SettingError for a mode
    or a voice that the model has not."""
    mode = settings.mode or contract.modes[0]
    if mode not in MODES:
        raise SettingError(f"there is no mode {mode!r}; there are: {', '.join(MODES)}")
    if mode not in contract.modes:
        plays = ", ".join(contract.modes)
        raise SettingError(f"this model does not play {mode!r}; it plays: {plays}")
    way = way_of(mode, settings)
    you, mine = roles(way, contract.voices, settings)
    me = frozenset(mine)
    own = parse_parts(settings.parts)
    for part in (Part(PLAYER, you), *(Part(MACHINE, voice) for voice in sorted({*me, *own}))):
        if part not in contract.parts:
            known = ", ".join(p.voice for p in contract.parts if p.side == part.side)
            raise SettingError(
                f"this model has no voice {part.voice!r} for the {part.side}; it has: {known}"
            )
    channel = settings.channel or (DRUM_CHANNEL if me == {"drums"} else 1)
    register = range(settings.low, settings.high + 1)
    scale = pitches_of(settings.scale)

    def place(own: Own) -> Place:
        reach = frozenset(own.pitches or register)
        harmony = frozenset(pitch for pitch in reach if pitch % 12 in classes)
        pitches = _first_of(reach & scale & harmony, reach & harmony, reach)
        return Place((own.channel or channel) - 1, pitches)

    voices = [part.voice for part in contract.parts if part.side == MACHINE]
    return Mine(
        voices=(me & set(words(settings.solo)) if settings.solo.strip() else me)
        - set(words(settings.mute)),
        places={voice: place(own.get(voice, Own())) for voice in voices},
        you=Part(PLAYER, you),
        way=way,
    )


def _first_of(*pitches: frozenset[int]) -> frozenset[int]:
    """The first that is not empty: something must be left to play."""
    return next(filter(None, pitches))
