"""Train a DVD-GAN: parse, print the settings, build, loop. Read this file first.

accelerate launch -m training.train --recipe weizmann_64 --data data/weizmann-64
"""

import argparse
import dataclasses
import datetime
import json
import sys
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import InitProcessGroupKwargs
from safetensors.torch import load_file

from dvd_gan.models.generator import DVDGANGenerator
from dvd_gan.models.presets import make_discriminators, make_frame_encoder, make_generator
from training.allocator import keep_freed_memory
from training.checkpointing import checkpoint_activations
from training.checkup import Checkup
from training.compiling import compile_arithmetic
from training.config import TrainConfig
from training.data.sampler import endless_batches
from training.data.shards import ShardedClips
from training.ema import Averages, decay_for
from training.hardware import current_commit, save_hardware
from training.history import inherit_history
from training.log import RunLog
from training.posterior import ClipEncoder
from training.recipes import load_recipe
from training.state import list_states, load_matching, load_state, save_state
from training.step import Players, train_step
from training.stop import StopRequest
from training.watch import largest_singular_values

COPIED = "copied.json"
LONGEST_WAIT = datetime.timedelta(hours=2)
"""For the main process, which samples, measures and saves while the others wait."""


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", required=True, help="a module of training/recipes")
    parser.add_argument("--smoke", action="store_true", help="the recipe's smallest variant: minutes on a laptop")
    parser.add_argument("--data", help="folder of shards; default: the recipe's")
    parser.add_argument("--out", type=Path, help="run folder; default: runs/<recipe's name>")
    parser.add_argument("--set", nargs="+", action="extend", default=[], metavar="key=value", help="change settings")
    parser.add_argument("--resume", choices=["auto"], help="go on from the run folder's newest state, if any")
    parser.add_argument(
        "--judge", type=Path, help="judge folder: measure at every sample sheet and keep the best state"
    )
    parser.add_argument("--init-from", type=Path, metavar="RELEASE", help="warm start: copy all weights that fit")
    return parser.parse_args()


def model_arguments(config: TrainConfig, clips: ShardedClips) -> dict[str, Any]:
    """What the run and its data say about the generator, beyond the preset."""
    has_classes = config.conditioning_frames == 0 or config.class_weight > 0
    return dict(
        num_classes=len(clips.class_names) if has_classes else 1,
        class_names=clips.class_names if has_classes else None,
        trained_frames=config.num_frames - config.conditioning_frames,
        fps=clips.fps / config.frame_stride,
        training_data=config.training_data,
        **config.model,
    )


def build_players(config: TrainConfig, clips: ShardedClips, device: torch.device) -> Players:
    """Fresh networks in their training layout, and their optimizers."""
    torch.manual_seed(config.seed)
    generator = make_generator(config.preset, **model_arguments(config, clips))
    if generator.config.resolution != clips.resolution:
        raise ValueError(
            f"{config.preset} makes {generator.config.resolution} px frames and the data has {clips.resolution} px: "
            "prepare it with a matching --resolution."
        )
    spatial, temporal = make_discriminators(generator, config.motion_gain)
    clip_encoder = frame_encoder = None
    if config.conditioning_frames:
        frame_encoder = make_frame_encoder(generator, config.conditioning_frames)
        frame_encoder.to(device, memory_format=torch.channels_last)
    if config.reconstruction_weight > 0:
        clip_encoder = ClipEncoder(generator.config.latent_dim).to(device)
    generator.to(device, memory_format=torch.channels_last)
    spatial.to(device, memory_format=torch.channels_last)
    temporal.to(device)

    def adam(lr, *networks):
        parameters = [p for network in networks if network is not None for p in network.parameters()]
        return torch.optim.Adam(parameters, lr, betas=(0.0, config.adam_beta2), fused=True)

    if config.checkpoint_activations:
        for network in (generator, spatial, temporal):
            checkpoint_activations(network)
    return Players(
        generator,
        spatial,
        temporal,
        adam(config.generator_lr, generator, clip_encoder, frame_encoder),
        adam(config.discriminator_lr, spatial, temporal),
        clip_encoder,
        frame_encoder,
    )


def warm_start(players: Players, release: Path, run: Path, echo, is_main_process: bool) -> None:
    """Copy what fits from a release folder's networks; notes in the run folder which generator tensors those were."""
    parts = {"generator": players.generator}
    optional = {
        "spatial_discriminator": players.spatial,
        "temporal_discriminator": players.temporal,
        "frame_encoder": players.frame_encoder,
        "clip_encoder": players.clip_encoder,
    }
    parts |= {name: network for name, network in optional.items() if network is not None and (release / name).is_dir()}
    for name, network in parts.items():
        weights = {}
        for file in sorted((release / name).glob("*.safetensors")):
            weights |= load_file(file)
        if not weights:
            raise FileNotFoundError(f"{release} holds no {name}/*.safetensors: name a release folder.")
        copied, own = load_matching(network, weights), network.state_dict()
        share = sum(own[key].numel() for key in copied) / sum(tensor.numel() for tensor in own.values())
        echo(f"warm start: {share:.0%} of {name} from {release}")
        if name == "generator" and is_main_process:
            (run / COPIED).write_text(json.dumps(copied))
            inherit_history(release, run)


def hold_copied(generator: DVDGANGenerator, run: Path, hold: bool) -> None:
    """Stop or start training the layers that the warm start of this run copied; nothing to do without one."""
    copied = set(json.loads((run / COPIED).read_text())) if (run / COPIED).exists() else set()
    for name, parameter in generator.named_parameters():
        parameter.requires_grad_(not (hold and name in copied))


def main() -> None:
    arguments = parse()
    config = load_recipe(arguments.recipe, smoke=arguments.smoke).with_assignments(arguments.set)
    if arguments.data:
        config = config.replace(data=arguments.data)
    keep_freed_memory()
    accelerator = Accelerator(
        mixed_precision=config.mixed_precision,
        cpu=not torch.cuda.is_available(),
        kwargs_handlers=[InitProcessGroupKwargs(timeout=LONGEST_WAIT)],
    )
    stop = StopRequest(accelerator)
    echo = accelerator.print
    run = arguments.out or Path("runs") / config.name
    run.mkdir(parents=True, exist_ok=True)
    if config.compile:
        compile_arithmetic(run, accelerator.process_index)

    clips = ShardedClips(config.data, "train", config.num_frames, config.frame_stride, config.seed)
    players = build_players(config, clips, accelerator.device)
    averages = Averages.of(players)
    videos_seen = step = 0
    states = list_states(run)
    if arguments.resume and states:
        videos_seen, step = load_state(states[-1], players, averages)
        echo(f"resumed {states[-1]}")
    elif states:
        raise ValueError(f"{run} holds a run already: go on with --resume auto, or name another folder with --out.")
    elif arguments.init_from:
        warm_start(players, arguments.init_from, run, echo, accelerator.is_main_process)
        averages = Averages.of(players)
    require_same_start(accelerator, videos_seen)
    if accelerator.is_main_process:
        config.save(run / "run.json")
        (run / "model.json").write_text(json.dumps(model_arguments(config, clips), indent=2) + "\n")
        save_hardware(run, accelerator.num_processes)
        log = RunLog(run, videos_seen, config.total_videos)
        checkup = Checkup(run, config, accelerator, arguments.judge)
    echo(json.dumps(dataclasses.asdict(config) | {"commit": current_commit()}, indent=2))

    batches = endless_batches(
        clips,
        config.draws_before(videos_seen),
        config.clips_at_once(accelerator.num_processes),
        accelerator.process_index,
        accelerator.num_processes,
        config.data_workers,
    )
    saved_videos, stopping = videos_seen, False
    with closing(log) if accelerator.is_main_process else nullcontext():
        while videos_seen < config.total_videos and not (stopping := stop.agreed()):
            rng = torch.Generator().manual_seed(hash((config.seed, step)) & (2**63 - 1))
            hold_copied(players.generator, run, videos_seen < config.hold_copied_videos)
            pretraining = videos_seen < config.pretrain_videos
            for group in players.generator_optimizer.param_groups:
                group["lr"] = config.pretrain_lr if pretraining else config.generator_lr
            stats = train_step(players, batches, config, accelerator, rng, pretraining)
            step, videos_seen = step + 1, videos_seen + config.batch_videos
            decay = decay_for(config.batch_videos, config.ema_halflife_videos, videos_seen)
            averages.update(players, decay)

            if not accelerator.is_main_process:
                continue
            log.advance(config.batch_videos)
            is_last = videos_seen >= config.total_videos
            if videos_seen % config.log_every_videos == 0:
                measured = {key: value.item() for key, value in stats.items()}
                networks = {"generator": players.generator, **players.critics()}
                log.record(videos_seen, measured | largest_singular_values(networks))
            if (videos_seen % config.sample_every_videos == 0 or is_last) and checkup(averages, videos_seen, log):
                save_state(run / "best", players, averages, videos_seen, step, keep=1)
            if videos_seen % config.save_every_videos == 0 or is_last:
                save_state(run, players, averages, videos_seen, step)
                saved_videos = videos_seen
        if accelerator.is_main_process and saved_videos < videos_seen:
            save_state(run, players, averages, videos_seen, step)
    if stopping:
        echo(f"asked to stop: saved at {videos_seen} videos; --resume auto goes on from there")
    accelerator.end_training()


def require_same_start(accelerator: Accelerator, videos_seen: int) -> None:
    """Raises ValueError unless all processes loaded the same state."""
    starts = accelerator.gather(torch.tensor([videos_seen], device=accelerator.device)).tolist()
    if len(set(starts)) > 1:
        raise ValueError(
            f"The processes found states at {sorted(set(starts))} videos: --out must be a folder that all nodes share."
        )


def command_line() -> None:
    """Run the command; a mistake of the user, or a full disk, ends it with one sentence."""
    try:
        main()
    except (ValueError, OSError) as mistake:
        sys.exit(str(mistake))


if __name__ == "__main__":
    command_line()
