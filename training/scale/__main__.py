"""Measure and write training/SCALE.md, the page that plans past this machine.

python -m training.scale measure --videos FOLDER    # ten-second clips as Kinetics has; minutes of one core
python -m training.scale page                       # SCALE.md again, from measured.json
python -m training.scale promises                   # the cost lines of the recipes' docstrings
"""

import argparse
from pathlib import Path

from training.scale.measure import RECIPES, load, measure, save
from training.scale.page import PAGE, render_page, render_promise


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("measure").add_argument("--videos", type=Path, required=True)
    commands.add_parser("page")
    commands.add_parser("promises")
    options = parser.parse_args()
    if options.command == "measure":
        save(measure(options.videos))
    measured = load()
    if options.command == "promises":
        for name in RECIPES:
            print(name, *render_promise(name, measured), sep="\n")
    else:
        PAGE.write_text(render_page(measured))


if __name__ == "__main__":
    main()
