"""Fisher information of the codes that small networks learn for rotated faces."""

from importlib.metadata import version

__version__ = version("fisherkit")
