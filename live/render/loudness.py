"""How loud audio is to the ear, and between its samples: ITU-R BS.1770-4."""

import importlib.util
import warnings

import numpy as np
import soxr

from live.render.audio import AudioError, Frames, decibels

INSTALL = "loudness needs pyloudnorm: pip install 'antiphon[mix]'"
SHORTEST = 0.4  # seconds: one block of the standard's gate
_FINER = 4  # times the rate: by Annex 2 of the standard, enough at 48 kHz


def measures() -> bool:
    """Whether loudness can be measured here."""
    return importlib.util.find_spec("pyloudnorm") is not None


def loudness(frames: Frames, rate: int) -> float:
    """Integrated loudness in LUFS, gated, of (count, 1 or 2) frames at a rate in Hz; minus
    infinity where all is silent. Raises AudioError where it cannot be measured."""
    try:
        from pyloudnorm import Meter
    except ImportError as error:
        raise AudioError(INSTALL) from error
    if len(frames) <= SHORTEST * rate:
        raise AudioError(f"{len(frames) / rate:.2f} seconds are too short to have a loudness")
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        # These coefficients give the standard's own figures at 48 kHz; the default's are 0.04 off.
        meter = Meter(rate, filter_class="DeMan")
        return float(meter.integrated_loudness(frames.astype(np.float64)))


def true_peak(frames: Frames, rate: int) -> float:
    """The highest level between samples too, in dBTP (the standard's Annex 2: as sampled at four
    times the rate)."""
    if not len(frames):
        return float("-inf")
    between = soxr.resample(frames, rate, _FINER * rate)
    return decibels(max(float(np.abs(frames).max()), float(np.abs(between).max())))
