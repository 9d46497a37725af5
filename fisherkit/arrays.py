"""Names of array types that several modules return. Knows nothing else."""

import numpy as np
from jaxtyping import Float

#: Real numbers in an array of any shape; NumPy makes a scalar of an array without axes.
Values = Float[np.ndarray, "..."] | np.float64
