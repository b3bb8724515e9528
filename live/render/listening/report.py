"""What came of it: which source was preferred, and how sure that is."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import comb, sqrt

from live.render.listening.answers import Answer

_Z = 1.959964  # standard deviations that hold 95 % of a normal distribution


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % score interval of a share, 0 to 1 (E. B. Wilson, Probable inference, the law of
    succession, and statistical inference, JASA 22, 1927)."""
    if not trials:
        return 0.0, 1.0
    share, spread = successes / trials, _Z**2 / trials
    middle = share + spread / 2
    reach = _Z * sqrt(share * (1 - share) / trials + spread / (4 * trials))
    low, high = ((middle + sign * reach) / (1 + spread) for sign in (-1, 1))
    return max(0.0, low), min(1.0, high)


def chance(successes: int, trials: int) -> float:
    """How probable a share as far from a half as this is, or farther, were neither preferred: the
    exact two-sided binomial test (the sign test)."""
    least = max(successes, trials - successes)
    beyond = sum(comb(trials, k) for k in range(least, trials + 1)) / 2**trials
    return min(1.0, 2 * beyond)


def report(answers: Sequence[Answer]) -> list[str]:
    """Lines for people. Answers count as if each were independent: of one listener they are not
    quite, so ask several."""
    if not answers:
        return ["no answers yet"]
    listeners = len({answer.listener for answer in answers})
    lines = [f"answers {len(answers)}, listeners {listeners}"]
    for sources, its in _grouped(answers).items():
        lines.append(_preference(sources, its))
    lines += _ratings(answers)
    decided = [answer for answer in answers if answer.preferred]
    if decided:
        first = sum(answer.preferred == answer.a for answer in decided)
        lines.append(f"A, whatever it was, was preferred in {_share(first, len(decided))}")
    comments = [answer for answer in answers if answer.comment]
    lines += [f"{it.piece}, A {it.a}, B {it.b}: {it.comment}" for it in comments]
    return lines


def _grouped(answers: Iterable[Answer]) -> dict[tuple[str, str], list[Answer]]:
    groups: dict[tuple[str, str], list[Answer]] = defaultdict(list)
    for answer in answers:
        groups[answer.sources].append(answer)
    return dict(sorted(groups.items()))


def _preference(sources: tuple[str, str], answers: Sequence[Answer]) -> str:
    first, second = sources
    decided = [answer.preferred for answer in answers if answer.preferred]
    for_first, neither = decided.count(first), len(answers) - len(decided)
    return (
        f"{first} preferred to {second} in {_share(for_first, len(decided))}, "
        f"p {chance(for_first, len(decided)):.2g}; no difference {neither}"
    )


def _share(count: int, trials: int) -> str:
    low, high = wilson(count, trials)
    percent = f"{100 * count / trials:.0f} %, " if trials else ""
    return f"{count} of {trials} ({percent}95 % interval {100 * low:.0f} to {100 * high:.0f} %)"


def _ratings(answers: Iterable[Answer]) -> list[str]:
    given: dict[str, list[int]] = defaultdict(list)
    for answer in answers:
        for source, rating in ((answer.a, answer.rating_a), (answer.b, answer.rating_b)):
            if rating:
                given[source].append(rating)
    return [
        f"{source} rated {sum(its) / len(its):.2f} of 5, {len(its)} times"
        for source, its in sorted(given.items())
    ]
