"""Sheets and pictures show the clips they claim to."""

import numpy as np
import torch

from dvd_gan.latents import draw_latents
from dvd_gan.models.presets import make_generator
from dvd_gan.video import to_uint8
from training.pictures import tile, write_timeline
from training.samples import sample_classes, sheet


def test_samples_are_class_by_class_and_seed_by_seed():
    torch.manual_seed(0)
    generator = make_generator("tiny").eval()
    torch.nn.init.normal_(generator.output_norm.gain.weight)
    clips = sample_classes(generator, [5, 9], 4, batch=3)
    assert clips.shape == (8, 4, 16, 16, 3)
    with torch.no_grad():
        alone = generator(draw_latents([9], 8), generator.embed(torch.tensor([2])), 4)
    assert (clips[2 * 2 + 1].int() - to_uint8(alone)[0].int()).abs().max() <= 1


def test_a_sheet_has_one_row_a_clip_and_frames_from_first_to_last():
    clips = torch.arange(20, dtype=torch.uint8).view(2, 10, 1, 1, 1).expand(2, 10, 4, 4, 3)
    picture = sheet(clips, frames_shown=4, gap=1)
    assert picture.shape == (2 * 5, 4 * 5, 3)
    assert picture[0, ::5, 0].tolist() == [0, 3, 6, 9] and picture[5, ::5, 0].tolist() == [10, 13, 16, 19]


def test_tiles_go_row_by_row_and_fill_up():
    cells = [np.full((2, 3, 3), i, np.uint8) for i in range(3)]
    picture = tile(cells, columns=2)
    assert picture.shape == (4, 6, 3)
    assert (picture[0, 0, 0], picture[0, 3, 0], picture[2, 0, 0], picture[2, 3, 0]) == (0, 1, 2, 255)


def test_a_timeline_runs_from_the_first_sample_to_the_last(tmp_path):
    from training import pictures

    for videos in range(25):
        np.save(tmp_path / f"{videos:010d}.npy", np.full((4, 3, 32, 32, 3), videos * 10, np.uint8))
    written = {}
    original = pictures.write_mp4
    pictures.write_mp4 = lambda frames, path, fps: written.update(frames=frames)
    try:
        write_timeline(tmp_path, 12, tmp_path / "timeline.mp4")
    finally:
        pictures.write_mp4 = original
    frames = written["frames"]
    assert len(frames) == pictures.TIMELINE_MOMENTS * 3
    assert frames[0, -1, 0, 0] == 0 and frames[-1, -1, 0, 0] == 240
