"""Whether a classifier can tell what was made from real music (a classifier two-sample test).

Lopez-Paz & Oquab 2017, "Revisiting classifier two-sample tests": trained on one part of both
sets, it is right about the rest half the time where the sets are alike.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

FOLDS = 5


def told_apart(
    made: npt.NDArray[np.float64], real: npt.NDArray[np.float64],
    groups: Sequence[int], others: Sequence[int], seed: int = 0,
) -> float:  # fmt: skip
    """The share that gradient-boosted trees are right about, cross-validated.

    made and real: features, (N, F) and (M, F); groups and others: the pieces they come from; a
    piece is never in the training and in the test part. Both sets weigh the same.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from threadpoolctl import threadpool_limits

    x = np.concatenate((made, real))
    y = np.repeat((1, 0), (len(made), len(real)))
    whose = np.concatenate((groups, others))
    folds = GroupKFold(min(FOLDS, len(np.unique(whose))), shuffle=True, random_state=seed)
    trees = HistGradientBoostingClassifier(
        max_iter=100, learning_rate=0.1, max_leaf_nodes=8, min_samples_leaf=8, random_state=seed
    )
    # On so few rows threads that wait for one another cost more than they bring, on a busy machine
    # twenty times as much.
    with threadpool_limits(1):
        right = cross_val_predict(trees, x, y, groups=whose, cv=folds) == y
    return float((right[y == 1].mean() + right[y == 0].mean()) / 2)
