"""Several opinions of the next symbol made one: p(s) proportional to the product of p_k(s)^w_k.

Each exponent is w_k + u_k * (how sure opinion k is), so that the sharper opinion can count for
more; IDyOM combines its models so, by relative entropy (Pearce, "The construction and evaluation
of statistical models of melodic structure", 2005), here with exponents fitted to data. The fit
is a convex problem, solved by Newton's steps.
"""

import numpy as np
import numpy.typing as npt

from training.baselines.backoff import Doubles, Reals

FLOOR = np.float32(1e-9)
STEPS = 12
JUDGED = 20_000  # notes at most by which exponents are fitted


def _log_and_sureness(p: Reals) -> tuple[Reals, Reals]:
    """The logarithms, and for each note how far from even: 0 to 1, with shape (notes, 1)."""
    p = np.maximum(p, FLOOR)
    log = np.log(p)
    even = np.float32(np.log(max(2, p.shape[1])))
    return log, 1 + np.einsum("ns,ns->n", p, log)[:, None] / even


def _logs(opinions: list[Reals]) -> Reals:
    """(notes, symbols, 2 * opinions): the terms that the exponents weigh."""
    terms = []
    for p in opinions:
        log, sure = _log_and_sureness(p)
        terms += [log, log * sure]
    return np.stack(terms, axis=-1)


def _softmax(scores: Reals) -> Reals:
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    e /= e.sum(axis=1, keepdims=True)
    return e


def mix(opinions: list[Reals], weights: Doubles) -> Reals:
    """The mixed (notes, symbols) probabilities."""
    if len(opinions) == 1:
        return opinions[0]
    scores = np.zeros_like(opinions[0])
    for p, (plain, when_sure) in zip(opinions, weights.reshape(-1, 2), strict=True):
        log, sure = _log_and_sureness(p)
        scores += log * (np.float32(plain) + np.float32(when_sure) * sure)
    return _softmax(scores)


def fit_weights(opinions: list[Reals], symbols: npt.NDArray[np.integer]) -> Doubles:
    """The exponents, w and u of each opinion in turn, that cost fewest bits for these symbols."""
    count = len(opinions)
    weights = np.tile((1.0 / count, 0.0), count)
    if count == 1 or not len(symbols):
        return weights
    some = slice(None, None, 1 + len(symbols) // JUDGED)
    opinions, symbols = [p[some] for p in opinions], symbols[some]
    terms = _logs(opinions)
    came = terms[np.arange(len(symbols)), symbols].astype(np.float64)
    n, flat = len(symbols), terms.reshape(-1, terms.shape[2])

    def cost(p: Reals) -> float:
        return float(-np.log(np.maximum(p[np.arange(n), symbols], 1e-30)).mean())

    p = _softmax(terms @ weights.astype(np.float32))
    best = cost(p)
    for _ in range(STEPS):
        mean = np.einsum("nsk,ns->nk", terms, p).astype(np.float64)
        slope = (mean - came).mean(axis=0)
        curve = (flat.T @ (flat * p.reshape(-1, 1))).astype(np.float64) / n - mean.T @ mean / n
        step = np.linalg.solve(curve + 1e-4 * np.eye(2 * count), slope)
        for _ in range(5):
            trial = _softmax(terms @ (weights - step).astype(np.float32))
            value = cost(trial)
            if value < best:
                break
            step /= 2
        else:
            break
        gained, best = best - value, value
        weights, p = weights - step, trial
        if gained < 1e-5:
            break
    return weights
