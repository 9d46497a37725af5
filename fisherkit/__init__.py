"""Fisher information of the codes that small networks learn for rotated faces."""

import atexit
import gc
from importlib.metadata import version

__version__ = version("fisherkit")

# A process that ends looks for cycles among all that there is: half a second where torch is, and nothing comes of it.
atexit.register(gc.freeze)
