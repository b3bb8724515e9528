"""What a few bars of music are like in figures, and how far two sets of such bars lie apart.

Histograms are compared by their overlapping area and by the Kullback-Leibler divergence, in both
directions, as is usual since Yang & Lerch (2018, "On the evaluation of generative models in
music"); theirs too, which compares the distances inside one set with those between two.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from training.measures.excerpts import STEPS, Doubles, Excerpt, Ints

LEAP = 12  # semitones; wider melodic intervals are counted with it
LONG = 16  # sixteenths; longer pauses are counted with it
LENGTHS = 6  # a sixteenth, an eighth and so on, doubled; longer notes are counted with the last
ADDED = 0.5  # to every count before a divergence is taken, so that none is infinite
MAJOR = (0, 2, 4, 5, 7, 9, 11)
GRID = 512  # points at which densities are compared


def top_line(excerpt: Excerpt) -> Ints:
    """The highest pitch of each moment at which notes begin."""
    order = np.lexsort((-excerpt.pitch, excerpt.step))
    first = np.diff(excerpt.step[order], prepend=-1) != 0
    line: Ints = excerpt.pitch[order][first]
    return line


def _pitch_classes(e: Excerpt) -> tuple[Ints, int]:
    return e.pitch % 12, 12


def _intervals(e: Excerpt) -> tuple[Ints, int]:
    return np.clip(np.diff(top_line(e)), -LEAP, LEAP) + LEAP, 2 * LEAP + 1


def _lengths(e: Excerpt) -> tuple[Ints, int]:
    # No finer: a classifier would tell the bins of a model's lengths, not its music.
    doubled = np.round(np.log2(np.maximum(e.beats * STEPS, 1)))
    return np.minimum(doubled, LENGTHS - 1).astype(np.int64), LENGTHS


def _pauses(e: Excerpt) -> tuple[Ints, int]:
    return np.minimum(np.diff(np.unique(e.step)), LONG) - 1, LONG


HISTOGRAMS: dict[str, Callable[[Excerpt], tuple[Ints, int]]] = {
    "pitch class": _pitch_classes,
    "interval": _intervals,  # of the top line
    "length": _lengths,  # of notes
    "pause": _pauses,  # from one onset to the next
}


def histogram(name: str, excerpt: Excerpt) -> Doubles:
    """Counts of one of HISTOGRAMS."""
    values, size = HISTOGRAMS[name](excerpt)
    return np.bincount(values, minlength=size).astype(np.float64)


# ---- single figures


def polyphony(excerpt: Excerpt) -> float:
    """Notes that sound at once, over the sixteenths in which any does."""
    end = np.maximum(excerpt.step + 1, np.floor((excerpt.onset + excerpt.beats) * STEPS + 0.5))
    sounding = np.zeros(max(excerpt.steps, int(end.max(initial=0))) + 1)
    np.add.at(sounding, excerpt.step, 1)
    np.add.at(sounding, end.astype(np.int64), -1)
    count = np.cumsum(sounding)
    return float(count[count > 0].mean()) if len(excerpt) else 0.0


def bars_of(excerpt: Excerpt) -> list[frozenset[tuple[int, int]]]:
    """What begins in each bar: the sixteenth in it, and the pitch."""
    bar = round(excerpt.bar * STEPS)
    found: list[set[tuple[int, int]]] = [set() for _ in range(excerpt.bars)]
    for step, pitch in excerpt.cells():
        if 0 <= step < excerpt.steps:
            found[step // bar].add((step % bar, pitch))
    return [frozenset(f) for f in found]


def empty_bars(excerpt: Excerpt) -> float:
    """The share of bars in which nothing begins."""
    return float(np.mean([not bar for bar in bars_of(excerpt)]))


def scale_consistency(excerpt: Excerpt) -> float:
    """The share of notes in the diatonic scale that holds the most of them (Mogren 2016)."""
    counts = histogram("pitch class", excerpt)
    if not counts.any():
        return 0.0
    return float(
        max(np.roll(counts, -root)[list(MAJOR)].sum() for root in range(12)) / counts.sum()
    )


def groove_consistency(excerpt: Excerpt, context: Excerpt) -> float:
    """How alike the onsets of neighbouring bars are: 1 less the share of sixteenths on which one
    begins something and the other does not (Wu & Yang 2020). A lone bar's neighbour is the last
    one before it."""
    onsets = _onsets(excerpt)
    if len(onsets) == 1:
        onsets = np.concatenate((_onsets(context)[-1:], onsets))
    return float(1 - (onsets[1:] != onsets[:-1]).mean())


def _onsets(excerpt: Excerpt) -> npt.NDArray[np.bool_]:
    """Whether anything begins on each sixteenth of each bar."""
    bar = round(excerpt.bar * STEPS)
    onsets = np.zeros((excerpt.bars, bar), np.bool_)
    step = excerpt.step[(excerpt.step >= 0) & (excerpt.step < excerpt.steps)]
    onsets[step // bar, step % bar] = True
    return onsets


def repeated_bars(excerpt: Excerpt, context: Excerpt) -> float:
    """The share of its bars, not empty, that begin the same notes as a bar heard before."""
    heard = set(bars_of(context))
    again = []
    for bar in bars_of(excerpt):
        if bar:
            again.append(bar in heard)
            heard.add(bar)
    return float(np.mean(again)) if again else 0.0


FIGURES: dict[str, Callable[[Excerpt, Excerpt], float]] = {
    "notes a bar": lambda e, _: len(e) / e.bars,
    "polyphony": lambda e, _: polyphony(e),
    "empty bars": lambda e, _: empty_bars(e),
    "scale": lambda e, _: scale_consistency(e),
    "groove": groove_consistency,
    "repeated bars": repeated_bars,
}


def figures(made: Sequence[Excerpt], contexts: Sequence[Excerpt]) -> dict[str, float]:
    """The mean of each of FIGURES."""
    pairs = list(zip(made, contexts, strict=True))
    return {name: float(np.mean([f(*pair) for pair in pairs])) for name, f in FIGURES.items()}


# ---- two sets


def overlap(p: Doubles, q: Doubles) -> float:
    """The area that two histograms share: 1 where they are the same, 0 where they never meet."""
    return float(np.minimum(p / max(1, p.sum()), q / max(1, q.sum())).sum())


def divergence(p: Doubles, q: Doubles) -> float:
    """The mean of both Kullback-Leibler divergences, in bits; ADDED to every count."""
    a, b = ((h + ADDED) / (h + ADDED).sum() for h in (p, q))
    return float(((a - b) * np.log2(a / b)).sum() / 2)


def compare(made: Sequence[Excerpt], real: Sequence[Excerpt]) -> dict[str, dict[str, float]]:
    """For each of HISTOGRAMS, of two sets: `overlap` and `divergence` of the counts summed over
    each set; and Yang & Lerch's `oa` and `kl` (see relative)."""
    found = {}
    for name in HISTOGRAMS:
        ours, theirs = (np.stack([histogram(name, e) for e in s]) for s in (made, real))
        found[name] = {
            "overlap": overlap(ours.sum(axis=0), theirs.sum(axis=0)),
            "divergence": divergence(ours.sum(axis=0), theirs.sum(axis=0)),
            **relative(_shares(ours), _shares(theirs)),
        }
    return found


def _shares(counts: Doubles) -> Doubles:
    shares: Doubles = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    return shares


def relative(made: Doubles, real: Doubles) -> dict[str, float]:
    """Yang & Lerch's relative measures of two sets of features, (N, F) and (M, F).

    The distances among the real ones and those from made to real ones are each made a density by
    Gaussian kernels; `oa` is the area the two share, `kl` the divergence of the first from the
    second, in nats.
    """
    from scipy.spatial.distance import cdist, pdist

    inside, across = pdist(real), cdist(made, real).ravel()
    at = np.linspace(0, max(inside.max(), across.max()) * 1.1, GRID)
    p, q = (_density(d, at) for d in (inside, across))
    return {
        "oa": float(np.minimum(p, q).sum()),
        "kl": float((p * np.log(p / q)).sum()),
    }


def _density(distances: Doubles, at: Doubles) -> Doubles:
    from scipy.stats import gaussian_kde

    if np.ptp(distances) == 0:  # a density needs some spread
        distances = distances + np.linspace(-1e-6, 1e-6, len(distances))
    density: Doubles = gaussian_kde(distances)(at) + 1e-12
    density /= density.sum()
    return density


def apart(one: Excerpt, other: Excerpt) -> float:
    """How different two excerpts are: the share of what either begins that the other does not
    (Jaccard distance of sixteenths and pitches)."""
    a, b = one.cells(), other.cells()
    return 1 - len(a & b) / len(a | b) if a or b else 0.0


def spread(versions: Sequence[Excerpt]) -> float:
    """The mean of apart() over all pairs."""
    pairs = [apart(a, b) for i, a in enumerate(versions) for b in versions[:i]]
    return float(np.mean(pairs)) if pairs else 0.0


def features(excerpt: Excerpt, context: Excerpt) -> npt.NDArray[np.float64]:
    """What a classifier tells music by: histograms, figures, and how like the context it is."""
    shares = [_shares(histogram(name, excerpt)[None])[0] for name in HISTOGRAMS]
    keyless = shares[0][np.argsort(-shares[0])]  # by weight, since any key may come
    single = [f(excerpt, context) for f in FIGURES.values()]
    both = [[histogram(name, e) for e in (excerpt, context)] for name in HISTOGRAMS]
    beside = [*(overlap(*pair) for pair in both), apart(excerpt, context)]
    p, v = excerpt.pitch, excerpt.velocity
    span = (p.mean(), p.std(), v.mean(), v.std()) if len(excerpt) else (0, 0, 0, 0)
    return np.concatenate([keyless, *shares[1:], single, beside, span])
