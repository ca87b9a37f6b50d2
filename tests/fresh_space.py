"""The Space from nothing: its uploaded files, a fresh virtual environment with its requirements alone, a clip.

`python -m tests.fresh_space`; takes minutes and gigabytes of packages, so the test suite does the same in its own
environment and checks beside it that everything imported is required.
"""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from tests.hub_fixtures import ROOT
from tests.test_space import start_and_ask
from training.space import write_space


def main() -> None:
    """Exits with the first thing that fails; says so when all is well."""
    with tempfile.TemporaryDirectory() as folder:
        checkout, environment = Path(folder) / "checkout", Path(folder) / "environment"
        checkout.mkdir()
        write_space(ROOT, checkout)
        venv.create(environment, with_pip=True)
        python = environment / "bin" / "python"
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *sys.argv[1:]]
        subprocess.run([*install, "-r", checkout / "requirements.txt"], check=True)
        start_and_ask(python, checkout, Path(folder))
    print("The Space starts from its own files and requirements, and gives a clip.")


if __name__ == "__main__":
    main()
