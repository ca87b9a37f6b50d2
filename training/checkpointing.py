"""Activation checkpointing: memory for time, where clips are large (128 and 256 px)."""

import functools
from contextlib import nullcontext

from torch import nn
from torch.utils.checkpoint import checkpoint

from dvd_gan.models.blocks import DiscriminatorBlock, GeneratorBlock
from dvd_gan.models.conv_gru import ConvGRU
from dvd_gan.models.normalization import resting_buffers

RECOMPUTED = (GeneratorBlock, DiscriminatorBlock, ConvGRU)


def _contexts():
    return nullcontext(), resting_buffers()


def checkpoint_activations(network: nn.Module) -> None:
    """From now on the network's residual blocks and recurrent units keep only their inputs for the backward pass.

    What lies between is computed again there, with resting singular vectors and running statistics, so that
    gradients and buffers are the same as without. Weights must not change between the two passes.
    """
    for module in network.modules():
        if isinstance(module, RECOMPUTED):
            module.forward = functools.partial(
                checkpoint,
                module.forward,
                use_reentrant=False,
                preserve_rng_state=False,
                context_fn=_contexts,
            )
