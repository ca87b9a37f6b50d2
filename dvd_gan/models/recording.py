"""A clip's whole computation recorded once and replayed: on a GPU, CUDA graphs take away the launch of every kernel.

The paper's generator launches over a thousand small kernels a clip, each of which takes a GPU less time than Python
needs to ask for it. Legend: B clips, Z latent size, E class embedding size.
"""

from collections import OrderedDict
from collections.abc import Callable

import torch
from torch import Tensor

MOST_RECORDINGS = 4
"""Each keeps the memory of all its feature maps; the one used longest ago goes first."""
WARM_UPS = 2


class RecordedDraws:
    """Calls of an inference form, recorded for each number of clips and frames, with and without initial states.

    Args:
        draw: (latents (B, Z), embeddings (B, E), num_frames, states or None) -> clips; no step of it may depend on
            values or wait for the device.
        record: runs a function that writes into fixed tensors and returns one that repeats it; CUDA graphs by default.
    """

    def __init__(self, draw: Callable[..., Tensor], record: Callable[[Callable], Callable] | None = None):
        self.draw, self.record = draw, record or record_cuda_graph
        self.recordings: OrderedDict[tuple, tuple[list[Tensor], Tensor, Callable]] = OrderedDict()

    def __call__(
        self, latents_BZ: Tensor, class_embeddings_BE: Tensor, num_frames: int, states: list[Tensor] | None = None
    ) -> Tensor:
        """As the form's own call; the result is a copy that later calls leave alone."""
        given = [latents_BZ, class_embeddings_BE, *(states or [])]
        if any(tensor is None for tensor in given):
            return self.draw(latents_BZ, class_embeddings_BE, num_frames, states)
        key = (num_frames, *(tuple(tensor.shape) for tensor in given))
        if key not in self.recordings:
            self._record(key, given, num_frames)
        self.recordings.move_to_end(key)
        inputs, video_BTCHW, replay = self.recordings[key]
        for fixed, tensor in zip(inputs, given, strict=True):
            fixed.copy_(tensor)
        replay()
        return video_BTCHW.clone()

    def _record(self, key: tuple, given: list[Tensor], num_frames: int) -> None:
        while len(self.recordings) >= MOST_RECORDINGS:
            self.recordings.popitem(last=False)
        latents, embeddings, *states = inputs = [tensor.clone() for tensor in given]
        video_BTCHW = torch.empty_like(self.draw(latents, embeddings, num_frames, states or None))

        def run() -> None:
            video_BTCHW.copy_(self.draw(latents, embeddings, num_frames, states or None))

        self.recordings[key] = inputs, video_BTCHW, self.record(run)


def record_cuda_graph(run: Callable[[], None]) -> Callable[[], None]:
    """Warm up beside the current stream, as CUDA graphs ask for, then capture one run."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(WARM_UPS):
            run()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        run()
    return graph.replay
