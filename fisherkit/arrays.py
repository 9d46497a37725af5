"""Names of types that several modules take or return. Knows nothing else."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

#: Real numbers in an array of any shape; NumPy makes a scalar of an array without axes.
Values = Float[np.ndarray, "..."] | np.float64

#: What :func:`numpy.random.default_rng` takes; the same seed gives the same numbers, but for a generator or None.
Seed = int | Sequence[int] | np.random.SeedSequence | np.random.BitGenerator | np.random.Generator | None
