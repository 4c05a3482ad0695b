"""What a rule on the estimated effective size would pick: coverage where it is met, and elsewhere.

    python experiments/e02_interval_coverage/support.py

Takes two seconds; nothing is stored.
"""

import numpy as np
from populations import MECHANISMS

from hvmc.analysis.quantiles import MINIMUM_BEYOND, quantiles

HOSTS, EXPERIMENTS, QUANTILE, SEED = 50, 4000, 0.95, 1


def main() -> None:
    """Print both coverages for lognormal stretches."""
    mechanism, rng = MECHANISMS[0], np.random.default_rng(SEED)
    truth = mechanism.quantile(QUANTILE)
    intervals = [quantiles(*mechanism.draw(rng, HOSTS), (QUANTILE,))[0] for _ in range(EXPERIMENTS)]
    covers = np.array([one.low <= truth <= one.high for one in intervals])
    passed = np.array([one.effective * (1.0 - QUANTILE) >= MINIMUM_BEYOND for one in intervals])
    print(
        f"{mechanism.name}: {covers[passed].mean():.3f} where the rule is met "
        f"({100 * passed.mean():.0f} %), {covers[~passed].mean():.3f} elsewhere"
    )


if __name__ == "__main__":
    main()
