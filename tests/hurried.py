"""A store that takes a snapshot each epoch, for commands that are killed in the middle of a training."""

#: At the beginning of a script. What is set in its process alone is not set in the workers that train: they know a
#: class of the script's by what it is, and a module's constants from the module.
HURRIED = """
import joblib
from fisherkit import experiments, store
from fisherkit.processes import Processes
from fisherkit.running import train_sweeps

class Hurried(store.Store):
    def snapshot(self, members):
        store.SNAPSHOT_SECONDS, store._SNAPSHOT_SHARE = 0, 1
        return super().snapshot(members)

joblib.cpu_count = lambda: 2
"""
