"""The types of all that the package has for others, as a type checker reads them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import fisherkit

pytestmark = pytest.mark.slow


def test_the_type_of_everything_public_is_known(tmp_path):
    package = Path(fisherkit.__file__).resolve().parent
    # The checker asks the first Python of the path where packages are; this one, and the package that is tested.
    paths = {
        "PATH": [str(Path(sys.executable).parent), os.environ.get("PATH", "")],
        "PYTHONPATH": [str(package.parent), os.environ.get("PYTHONPATH", "")],
    }
    done = subprocess.run(
        [sys.executable, "-m", "basedpyright", "--verifytypes", "fisherkit", "--ignoreexternal", "--outputjson"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
        env={**os.environ, **{name: os.pathsep.join(filter(None, some)) for name, some in paths.items()}},
    )  # fmt: skip
    assert done.stdout.startswith("{"), done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert not found["generalDiagnostics"]
    told = found["typeCompleteness"]
    assert Path(told["packageRootDirectory"]).resolve() == package
    exported = [symbol for symbol in told["symbols"] if symbol["isExported"]]
    assert len(exported) > 1000
    unclear = [symbol for symbol in exported if not symbol["isTypeKnown"] or symbol["isTypeAmbiguous"]]
    # Those with words of their own first: the others are unclear for their sake.
    unclear.sort(key=lambda symbol: not symbol["diagnostics"])
    first = [f"{one['name']}: {[of['message'] for of in one['diagnostics']]}" for one in unclear[:1]]
    assert not first, f"{len(unclear)} names of the package have no clear type, such as {first[0]}"
    assert told["missingFunctionDocStringCount"] == told["missingClassDocStringCount"] == 0
