"""The last look before a set counts as finished: every label is its class, and no group is on both sides."""

import json
from pathlib import Path

from training.data.shards import index_path

EXAMPLES_NAMED = 5


def check_labels(folder: Path, dataset: dict) -> None:
    """Read all indexes of a written set; `dataset` is what dataset.json holds.

    Raises ValueError that names the first clips whose label is not their class's number, whose key is not their own
    alone, or whose group training has too.
    """
    keys: set[str] = set()
    groups: dict[str, set[str]] = {}
    wrong: list[str] = []
    for split, shards in dataset["splits"].items():
        groups[split] = set()
        for shard in shards:
            for line in index_path(folder / shard["name"]).read_text().splitlines():
                clip = json.loads(line)
                if dataset["class_names"][clip["label"]] != clip["class_name"]:
                    wrong.append(f"{clip['source']} has label {clip['label']} and is of class {clip['class_name']!r}")
                if clip["key"] in keys:
                    wrong.append(f"{clip['source']} shares the key {clip['key']!r} with another clip")
                keys.add(clip["key"])
                groups[split].add(clip["group"])
    shared = sorted(groups["train"] & groups["held_out"])
    wrong += [f"group {group!r} is in train and in held_out" for group in shared]
    fail_loudly(wrong, "The set would mislead training")


def fail_loudly(wrong: list[str], what: str) -> None:
    """Raise ValueError with the number of faults and the first few, if there are any."""
    if wrong:
        more = f", and {len(wrong) - EXAMPLES_NAMED} more" if len(wrong) > EXAMPLES_NAMED else ""
        raise ValueError(f"{what}, so it was not finished: {'; '.join(wrong[:EXAMPLES_NAMED])}{more}.")
