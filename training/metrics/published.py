"""Published figures on a published feature network: FVD, FID and IS, as mean and deviation over repeats, never without
the real-against-real floor and the frozen and shuffled baselines taken the same way."""

from collections.abc import Callable, Iterator, Sequence

import torch
from accelerate import PartialState
from accelerate.utils import gather_object
from torch import Tensor

from dvd_gan.video import from_uint8
from training.data.shards import ShardedClips
from training.metrics.extractors import Extractor
from training.metrics.frechet import frechet_distance
from training.metrics.inception_score import inception_score
from training.metrics.motion import freeze, shuffle

BATCH_CLIPS = 16

Sample = Callable[[Sequence[int]], Tensor]
"""Seeds -> one clip each, (N, T, 3, H, W) in [-1, 1]; classes in turn."""


def measure_published(
    extractor: Extractor, sample: Sample, real: ShardedClips, num_clips: int | None = None, repeats: int | None = None
) -> dict:
    """Every figure of one feature network; JSON-ready, the same on every process, whatever their number.

    Args:
        sample: clips by seed; each repeat takes the next `num_clips` seeds, and processes share them out.
        real: the split that generated clips are compared with; its windows are drawn in their own random order, which
            goes round the clips again where there are fewer than asked for.
        num_clips, repeats: None takes the protocol's.
    """
    protocol = extractor.protocol
    num_clips, repeats = num_clips or protocol.num_clips, repeats or protocol.repeats
    reference, other = (_real(extractor, real, range(k * num_clips, (k + 1) * num_clips)) for k in range(2))
    draws = range(num_clips)
    baselines = {
        "floor_real_against_real": other,
        "frozen_real": _real(extractor, real, draws, freeze),
        "shuffled_real": _real(extractor, real, draws, shuffle),
    }
    generated = [_generated(extractor, sample, range(k * num_clips, (k + 1) * num_clips)) for k in range(repeats)]
    return {
        "network": extractor.name,
        "network_sha256": extractor.sha256,
        "protocol": protocol.description,
        "clips": num_clips,
        "repeats": repeats,
        "real_split": real.split,
        "distinct_real_clips": len(real),
        "generated": spread([_figures(answers, reference) for answers in generated]),
        **{name: _figures(answers, reference) for name, answers in baselines.items()},
    }


Answers = tuple[Tensor | None, Tensor | None]


def _figures(answers: Answers, reference: Answers) -> dict[str, float]:
    features, probabilities = answers
    figures = {}
    if features is not None:
        figures["frechet_distance"] = frechet_distance(features, reference[0])
    if probabilities is not None:
        figures["inception_score"] = inception_score(probabilities)
    return figures


def spread(repeats: list[dict[str, float]]) -> dict[str, dict]:
    """Mean, standard deviation (of the repeats, 0 for one) and the values themselves."""
    spread = {}
    for name in repeats[0]:
        values = torch.tensor([figures[name] for figures in repeats], dtype=torch.float64)
        spread[name] = {
            "mean": values.mean().item(),
            "std": values.std(correction=min(1, len(values) - 1)).item(),
            "values": values.tolist(),
        }
    return spread


def _real(
    extractor: Extractor, clips: ShardedClips, draws: range, change: Callable[[Tensor], Tensor] = lambda x: x
) -> Answers:
    def batch(numbers: Sequence[int]) -> Tensor:
        return change(from_uint8(torch.stack([clips[number]["frames"] for number in numbers])))

    return _generated(extractor, batch, draws)


def _generated(extractor: Extractor, sample: Sample, numbers: range) -> Answers:
    """What the network says of all numbered clips, each process drawing its share of the batches."""
    batches = [numbers[i : i + BATCH_CLIPS] for i in range(0, len(numbers), BATCH_CLIPS)]
    state = PartialState()
    mine = list(_answers(extractor, sample, batches[state.process_index :: state.num_processes]))
    everyone = gather_object([mine]) if state.num_processes > 1 else [mine]
    ordered = [everyone[i % state.num_processes][i // state.num_processes] for i in range(len(batches))]
    return tuple(None if parts[0] is None else torch.cat(parts) for parts in zip(*ordered, strict=True))


def _answers(extractor: Extractor, sample: Sample, batches: list[range]) -> Iterator[Answers]:
    for batch in batches:
        yield extractor(sample(list(batch)).float().cpu())
