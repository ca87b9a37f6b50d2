"""Figures of continued clips: they know the truth from a copy, and one future from many."""

import pytest
import torch

from tests.square_people import write_square_people
from training.data.shards import ShardedClips
from training.metrics.judge import Judge
from training.metrics.prediction import copy_last_frame, measure_prediction, psnr, ssim
from training.metrics.real_clips import windows_of_class

STARTS, GIVEN = 6, 4


@pytest.fixture(scope="module")
def held_out(tmp_path_factory):
    data = write_square_people(tmp_path_factory.mktemp("squares") / "data")
    return ShardedClips(data, "held_out", num_frames=10, frame_stride=1)


@pytest.fixture(scope="module")
def judge():
    torch.manual_seed(0)
    return Judge(2).eval().requires_grad_(False)


def real(held_out, ids, seeds):
    return windows_of_class(held_out, int(ids[0]), STARTS)[[seed % STARTS for seed in seeds]]


def measured(held_out, judge, change):
    return measure_prediction(
        lambda ids, seeds: change(real(held_out, ids, seeds), seeds), judge, held_out, GIVEN, STARTS
    )


def test_the_truth_is_perfect(held_out, judge):
    figures = measured(held_out, judge, lambda video, seeds: video)
    assert figures["frechet_continued"] == pytest.approx(figures["frechet_real"])
    assert figures["step_at_the_join_over_real"] == pytest.approx(1)
    assert min(figures["curves"]["ssim_mean"]) == pytest.approx(1) and min(figures["curves"]["psnr_mean"]) > 90
    assert figures["difference_between_futures"] == 0
    assert all(len(curve) == 10 - GIVEN for curve in figures["curves"].values())


def test_a_copied_frame_is_the_baseline_itself(held_out, judge):
    figures = measured(held_out, judge, lambda video, seeds: copy_last_frame(video, GIVEN))
    assert figures["frechet_continued"] == pytest.approx(figures["frechet_copy_last_frame"])
    assert figures["frechet_continued"] > figures["frechet_real"]
    assert figures["step_at_the_join"] == 0
    curves = figures["curves"]
    assert curves["psnr_mean"] == pytest.approx(curves["psnr_copy_last_frame"])
    assert curves["psnr_copy_last_frame"][0] > curves["psnr_copy_last_frame"][-1]


def test_the_best_future_beats_the_mean_and_futures_that_differ_are_seen_to(held_out, judge):
    def blurred_by_seed(video, seeds):
        noise = torch.stack(
            [torch.randn(video.shape[1:], generator=torch.Generator().manual_seed(seed)) for seed in seeds]
        )
        loudness = torch.tensor([0.02 + 0.05 * (seed // STARTS) for seed in seeds]).view(-1, 1, 1, 1, 1)
        return video + loudness * noise

    figures = measured(held_out, judge, blurred_by_seed)
    assert figures["curves"]["psnr_best"][0] > figures["curves"]["psnr_mean"][0] + 3
    assert figures["difference_between_futures_over_error"] > 0.5


def test_psnr_and_ssim_have_their_textbook_values():
    black, grey = torch.full((1, 2, 3, 16, 16), -1.0), torch.full((1, 2, 3, 16, 16), 0.0)
    torch.testing.assert_close(
        psnr(black, grey), torch.full((1, 2), 10 * torch.log10(torch.tensor(4.0)).item()).double()
    )
    assert ssim(grey, grey).tolist() == [[1.0, 1.0]] and ssim(black, grey).max() < 0.1
