"""Turns raw data into the shard format: `python -m training.data.prepare SOURCE --input DIR --out DIR`.

Each source is one module with `add_arguments(parser)` and `read(options) -> Source`.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from training.data import film_strips, kinetics600, ucf101, video_folder
from training.data.contact_sheet import draw_contact_sheet
from training.data.engines import ENGINES
from training.data.mocap import source as mocap
from training.data.report import render_report
from training.data.shard_writer import DEFAULT_SHARD_BYTES, write_dataset

SOURCES = {
    "weizmann": (film_strips, "film strips <class>/<performer>.png, held out by performer"),
    "mocap": (mocap, "13 human actions rendered from motion capture, held out by seed; takes no --input"),
    "folder": (
        video_folder,
        "videos <class>/clip.mp4 (avi, mkv, mov, webm), or train/<class>/ beside held_out/<class>/",
    ),
    "ucf101": (ucf101, "UCF-101: v_*.avi and its official class and split lists"),
    "kinetics600": (kinetics600, "Kinetics-600: <id>_<start>_<end>.mp4 and its official CSV files"),
}
WITHOUT_INPUT = {"mocap"}


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Command line -> options; `options.read` is the chosen source's reader."""
    parser = argparse.ArgumentParser(prog="python -m training.data.prepare", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="source", required=True)
    for name, (module, summary) in SOURCES.items():
        command = commands.add_parser(name, help=summary, description=summary)
        if name not in WITHOUT_INPUT:
            command.add_argument("--input", required=True, help="folder of raw data")
        command.add_argument("--out", required=True, type=Path, help="folder to write; must not exist")
        command.add_argument("--resolution", required=True, type=int, help="height and width of stored frames, pixels")
        command.add_argument("--shard-bytes", type=int, default=DEFAULT_SHARD_BYTES, help="largest size of one tar")
        command.add_argument("--sheet", type=Path, help="picture to write: frames of every class")
        command.add_argument(
            "--engine",
            choices=ENGINES,
            default="local",
            help="ray: spread the work over the Ray cluster that runs, or over a Ray of its own (default: local)",
        )
        command.set_defaults(read=module.read, processes=1)
        module.add_arguments(command)
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; a mistake of the user ends it with one sentence."""
    options = parse(arguments)
    try:
        source = options.read(options)
        report = write_dataset(source, options.out, options.shard_bytes, options.processes, options.engine)
        if options.sheet:
            draw_contact_sheet(options.out).save(options.sheet)
    except (OSError, ValueError, ImportError) as error:
        sys.exit(str(error))
    print(render_report(report))


if __name__ == "__main__":
    main()
