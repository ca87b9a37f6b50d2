"""Clips from a shell: `python -m dvd_gan sample --checkpoint weizmann-64 --class bend --seeds 0-15 --out clips`."""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dvd_gan import clips, hub
from dvd_gan.labels import class_ids
from dvd_gan.recipe import ClipRecipe, read_recipe

WRITERS = {"mp4": clips.write_mp4, "gif": clips.write_gif, "webm": clips.write_webm}
CLIPS_AT_ONCE = 4


def parse_seeds(text: str) -> list[int]:
    """ "0-3,7" -> [0, 1, 2, 3, 7]; raises ValueError for anything else."""
    seeds: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d+)(?:\s*-\s*(\d+))?\s*", part)
        if match is None or int(match[2] or match[1]) < int(match[1]):
            raise ValueError(f"Seeds are numbers and ranges such as 0-15 or 1,5,9, not {text!r}.")
        seeds += range(int(match[1]), int(match[2] or match[1]) + 1)
    return seeds


def sample(options: argparse.Namespace) -> None:
    """Write one file and one recipe for each class and seed."""
    seeds = parse_seeds(options.seeds)
    folder = hub.resolve(options.checkpoint)
    from dvd_gan.pipeline import DVDGANPipeline
    from dvd_gan.redraw import stamped

    pipe = DVDGANPipeline.from_pretrained(folder)
    names = pipe.class_names
    wanted = [names[i] for i in class_ids(options.class_name, names)] if options.class_name else names
    fps = options.fps or pipe.generator.config.fps
    num_frames = options.frames or pipe.generator.config.trained_frames
    options.out.mkdir(parents=True, exist_ok=True)
    for name in wanted:
        for i in range(0, len(seeds), CLIPS_AT_ONCE):
            some = seeds[i : i + CLIPS_AT_ONCE]
            drawn = pipe(name, seeds=some, num_frames=num_frames, truncation=options.truncation).frames
            for seed, frames in zip(some, drawn, strict=True):
                recipe = ClipRecipe(
                    checkpoint=options.checkpoint,
                    class_name=name,
                    seed=seed,
                    num_frames=num_frames,
                    truncation=options.truncation,
                    fps=fps,
                )
                write(frames, stamped(pipe, recipe), options)


def reproduce(options: argparse.Namespace) -> None:
    """Write the clip of every file's recipe again, by the same commit of the Hub where the recipe names one."""
    options.out.mkdir(parents=True, exist_ok=True)
    for file in options.files:
        recipe = read_recipe(file)
        from dvd_gan.pipeline import DVDGANPipeline
        from dvd_gan.redraw import draw, stamped

        commit = recipe.revision if re.fullmatch("[0-9a-f]{40}", recipe.revision or "") else None
        pipe = DVDGANPipeline.from_pretrained(recipe.checkpoint, revision=commit)
        again = stamped(pipe, recipe)
        if recipe.revision not in (None, again.revision):
            print(f"{file}: the weights of {recipe.checkpoint!r} have changed since; so may the clip.", file=sys.stderr)
        write(draw(pipe, [again])[0], again, options)


def write(frames: np.ndarray, recipe: ClipRecipe, options: argparse.Namespace) -> None:
    """One clip and its recipe beside it; prints where."""
    path = options.out / f"{recipe.stem}.{options.format}"
    WRITERS[options.format](frames, path, recipe.fps, recipe.to_json())
    path.with_suffix(".json").write_text(recipe.to_json() + "\n")
    print(path)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; a mistake of the user ends it with one sentence."""
    parser = argparse.ArgumentParser(prog="python -m dvd_gan", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    command = commands.add_parser("sample", help="classes and seeds to files")
    command.add_argument(
        "--checkpoint", default=hub.known_checkpoints()[0].id, help="bundled name, folder or owner/name"
    )
    command.add_argument("--class", dest="class_name", action="append", help="may be given again; default: all classes")
    command.add_argument("--seeds", default="0", help="such as 7, 0-15 or 1,5,9 (default: 0)")
    command.add_argument("--frames", type=int, help="length in frames; default: the trained length")
    command.add_argument("--truncation", type=float, default=1.0, help="above 0, at most 1 (default: 1)")
    command.add_argument("--fps", type=float, help="frames a second of the file; default: the checkpoint's")
    command.set_defaults(run=sample)
    again = commands.add_parser("reproduce", help="files that carry a recipe, or its JSON, to the same clips")
    again.add_argument("files", type=Path, nargs="+", help="MP4, WebM, GIF, ZIP or JSON")
    again.set_defaults(run=reproduce)
    for each in (command, again):
        each.add_argument("--format", choices=sorted(WRITERS), default="mp4")
        each.add_argument("--out", type=Path, required=True, help="folder to write to")
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except (ValueError, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
