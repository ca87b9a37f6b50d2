"""The clips that the generator draws for a step: new ones, redrawn ones, continued ones.

Legend: B clips of this process, T frames, C channels, H and W pixels.
"""

from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from training.losses import keeping_error
from training.posterior import divergence

EVERY_OTHER, ALL = slice(None, None, 2), slice(None)


@dataclass
class Drawn:
    """Clips of the generator, (B, T, 3, H, W), with the given frames they continue in front of them; their classes;
    and what redrawing real ones, reading classes in given frames and keeping what moves cost, a scalar."""

    video_BTCHW: Tensor
    class_ids_B: Tensor
    own_loss: Tensor


def draw_clips(players, real_BTCHW, real_ids_B, config, draws, stats, redrawn=EVERY_OTHER) -> Drawn:
    """As many clips as real ones: those at `redrawn` places from the real clips there if there is an encoder, the rest
    new."""
    generator = players.generator
    num_clips = len(real_BTCHW)
    noise_BZ = draws.normal(num_clips, generator.config.latent_dim).to(generator.device)
    class_ids_B = draws.integers(0, generator.config.num_classes, num_clips).squeeze(1).to(generator.device)
    if players.clip_encoder is not None:
        mean, log_variance = players.clip_encoder(real_BTCHW[redrawn])
        noise_BZ[redrawn] = mean + torch.exp(0.5 * log_variance) * noise_BZ[redrawn].clone()
        class_ids_B[redrawn] = real_ids_B[redrawn]

    if players.frame_encoder is None:
        video, own_loss = generator(noise_BZ, generator.embed(class_ids_B), config.num_frames), 0.0
    else:
        starts = torch.arange(num_clips, device=real_ids_B.device)
        starts = starts - starts % 2 if config.draws_two_futures else starts
        class_ids_B = real_ids_B[starts]
        video, own_loss = _continue(players, real_BTCHW[starts], class_ids_B, noise_BZ, config, stats)
    if players.clip_encoder is None:
        return Drawn(video, class_ids_B, video.new_zeros(()) + own_loss)
    error = (video[redrawn] - real_BTCHW[redrawn]).abs().mean()
    nats = divergence(mean, log_variance)
    stats.update(redrawing_error=error, noise_nats=nats)
    redrawing_loss = config.reconstruction_weight * error + config.divergence_weight * nats
    return Drawn(video, class_ids_B, redrawing_loss + own_loss)


def _continue(players, real_BTCHW, class_ids_B, noise_BZ, config, stats):
    """The first frames of real clips with those drawn after them, and what reading the wrong class in them and keeping
    what moves cost."""
    given, future = real_BTCHW.tensor_split([config.conditioning_frames], dim=1)
    reading = players.frame_encoder.read(players.generator, given)
    with _recording_shares(players.generator.mask) as shares:
        drawn = players.generator(noise_BZ, reading.class_embeddings_BE, future.shape[1], reading.states)
    loss = drawn.new_zeros(())
    if reading.class_logits_BK is not None:
        class_loss = F.cross_entropy(reading.class_logits_BK, class_ids_B)
        stats.update(class_loss=class_loss)
        loss = loss + config.class_weight * class_loss
    if config.keep_weight > 0:
        kept_TBCHW = shares[0].unflatten(0, (future.shape[1], -1))
        error = keeping_error(kept_TBCHW, given[:, -1], future)
        stats.update(keeping_error=error)
        loss = loss + config.keep_weight * error
    return torch.cat([given, drawn], dim=1), loss


@contextmanager
def _recording_shares(mask):
    """What a compositing mask gives at every call within, in a list; nothing without a mask."""
    shares: list[Tensor] = []
    if mask is None:
        yield shares
        return
    hook = mask.register_forward_hook(lambda _module, _inputs, share: shares.append(share))
    try:
        yield shares
    finally:
        hook.remove()
